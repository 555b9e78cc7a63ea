/** Who wants to hear of something. One that fails harms no other. */

export type Unsubscribe = () => void;

export class Listeners<Arguments extends readonly unknown[]> {
  #all: readonly ((...args: Arguments) => void)[] = [];

  add(listener: (...args: Arguments) => void): Unsubscribe {
    // The same function may be added twice, and each time is taken away by itself.
    const own = (...args: Arguments): void => listener(...args);
    this.#all = [...this.#all, own];
    return () => {
      this.#all = this.#all.filter((each) => each !== own);
    };
  }

  tell(...args: Arguments): void {
    for (const listener of this.#all) {
      try {
        listener(...args);
      } catch (error) {
        // To where it is seen, but not into whoever tells.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#all = [];
  }
}
