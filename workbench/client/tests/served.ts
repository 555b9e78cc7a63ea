/** The real server on a project of a test's own, killed and started again as the test says. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
/** The interpreter that has the package; the test suite in Python says which. */
const PYTHON = process.env.MOTIA_PYTHON ?? "python3";

export const isInstalled = spawnSync(PYTHON, ["-c", "import motia_py"], { cwd: tmpdir() }).status === 0;
if (!isInstalled && process.env.CI !== undefined)
  throw new Error(`${PYTHON} cannot import motia_py; set MOTIA_PYTHON to the interpreter that can`);

export class Served {
  url = "";
  readonly #root = mkdtempSync(join(tmpdir(), "motia-stream-"));
  #process: ChildProcess | null = null;
  #port = "0";

  /** Serve a copy of a folder of steps. */
  static async start(steps: string): Promise<Served> {
    const served = new Served();
    cpSync(resolve(ROOT, steps), join(served.#root, "steps"), { recursive: true });
    await served.restart();
    return served;
  }

  /** Start it, after a `kill` on the same port. */
  async restart(): Promise<void> {
    const child = spawn(PYTHON, ["-m", "motia_py", "start", "--port", this.#port], {
      cwd: this.#root,
      env: { ...process.env, OPENAI_API_KEY: "", OPENAI_BASE_URL: "", MOTIA_CORS_ORIGINS: "", PYTHONUNBUFFERED: "1" },
    });
    this.#process = child;
    let said = "";
    this.url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: unknown): void => {
        said += String(chunk);
        const url = /http:\/\/localhost:\d+/.exec(said)?.[0];
        if (url !== undefined) resolve(url.replace("localhost", "127.0.0.1"));
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("exit", () => reject(new Error(`the server ended: ${said}`)));
    });
    this.#port = new URL(this.url).port;
  }

  async post(path: string, body: unknown): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  }

  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
