/** The last things that were heard, by their ids, the oldest first. Bounded: the oldest make room. Pure. */

export class Ring<T extends { readonly id: string }> {
  readonly #limit: number;
  readonly #kept = new Map<string, T>();
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many had to make room. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Keep it, in the place of what had its id before; gives that. */
  put(item: T): T | undefined {
    const before = this.#kept.get(item.id);
    this.#kept.set(item.id, item);
    if (this.#kept.size > this.#limit) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
      this.#forgotten += 1;
    }
    return before;
  }

  get(id: string): T | undefined {
    return this.#kept.get(id);
  }

  values(): IterableIterator<T> {
    return this.#kept.values();
  }

  clear(): void {
    this.#kept.clear();
  }
}
