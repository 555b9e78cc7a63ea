import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Request } from "../../src/endpoints/request/draft.js";
import { pythonText, pythonValue, shellWord, snippetOf } from "../../src/endpoints/request/snippets.js";
import type { Json } from "../../src/json/json.js";

const ORIGIN = "http://localhost:3000";
const PYTHON = process.env["MOTIA_PYTHON"] ?? "python3";
const hasPython = spawnSync(PYTHON, ["--version"]).status === 0;

const GET: Request = { method: "GET", path: "/hello?a=1", headers: [], body: null };
const POST: Request = {
  method: "POST",
  path: "/chat",
  headers: [["Content-Type", "application/json"], ["X-API-Key", "it's secret"]],
  body: '{"text": "it\'s \\"so\\"", "on": true, "none": null}',
};

// A command line has no NUL, and its texts are UTF-8.
const lineTexts = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));

test("whatever a text holds, a shell reads it as one word", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(lineTexts, fc.constantFrom("", "'", "''", "$(id)", "`id`", "a\nb", "!x", "\\", "-n", "~", "*")), { minLength: 20, maxLength: 40 }), (texts) => {
      const said = execFileSync("sh", ["-c", `printf '%s\\0' ${texts.map(shellWord).join(" ")}`], { encoding: "utf-8" });

      expect(said.split("\0").slice(0, -1)).toEqual(texts);
    }),
    { numRuns: 10 },
  );
});

test.skipIf(!hasPython)("whatever a value holds, Python reads it as the same", () => {
  const made = fc.sample(fc.jsonValue({ stringUnit: "grapheme" }) as fc.Arbitrary<Json>, 300);
  // Python knows no negative zero among whole numbers.
  const values = JSON.parse(JSON.stringify(made)) as Json;
  const read = "import ast, json, sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))";
  const said = execFileSync(PYTHON, ["-c", read], { input: pythonValue(values), encoding: "utf-8" });

  expect(JSON.parse(said)).toEqual(values);
});

describe("curl", () => {
  test("what it would do by itself is not said", () => {
    expect(snippetOf("curl", GET, ORIGIN, null)).toBe("curl -g 'http://localhost:3000/hello?a=1'");
  });

  test("headers and a body", () => {
    expect(snippetOf("curl", POST, ORIGIN, null)).toBe(
      [
        "curl -g http://localhost:3000/chat",
        "--header 'Content-Type: application/json'",
        String.raw`--header 'X-API-Key: it'\''s secret'`,
        String.raw`--data-raw '{"text": "it'\''s \"so\"", "on": true, "none": null}'`,
      ].join(" \\\n  "),
    );
  });

  test.each([
    ["DELETE", null, "--request DELETE"],
    ["PUT", "x", "--request PUT"],
    ["HEAD", null, "--head"],
    ["POST", null, "--request POST"],
  ])("%s with the body %j", (method, body, expected) => {
    expect(snippetOf("curl", { ...GET, method, body }, ORIGIN, null)).toContain(expected);
  });

  test("an empty header is sent, not left out", () => {
    expect(snippetOf("curl", { ...GET, headers: [["X-Empty", ""]] }, ORIGIN, null)).toContain("'X-Empty;'");
  });
});

test("httpx gets JSON as a value", () => {
  expect(snippetOf("httpx", POST, ORIGIN, null)).toBe(`import httpx

response = httpx.request(
    "POST",
    "http://localhost:3000/chat",
    headers={"X-API-Key": "it's secret"},
    json={"text": "it's \\"so\\"", "on": True, "none": None},
)
print(response.status_code, response.text)
`);
});

test("what is no JSON is sent as it is", () => {
  const request: Request = { ...POST, body: "{broken", headers: [["Content-Type", "application/json"]] };

  expect(snippetOf("httpx", request, ORIGIN, null)).toContain('content="{broken".encode()');
  expect(snippetOf("pytest", request, ORIGIN, null)).toContain('data="{broken".encode()');
});

test("pytest asks a tester of the project", () => {
  expect(snippetOf("pytest", { ...POST, headers: [["Content-Type", "application/json"]], body: '{"text":"hi"}' }, ORIGIN, 201)).toBe(`from pathlib import Path

from motia_py.testing import MotiaTester

PROJECT = Path(__file__).parents[1]


async def test_post_chat():
    async with MotiaTester(PROJECT) as motia:
        answer = await motia.post("/chat", json={"text": "hi"})
        await motia.settle()

        assert answer.status == 201
`);
});

test("a method of which the tester has none", () => {
  expect(snippetOf("pytest", { ...GET, method: "PATCH" }, ORIGIN, null)).toContain('motia.request("PATCH", "/hello?a=1")');
});

test.skipIf(!hasPython)("what is made for Python is Python", () => {
  const bodies = [null, "{broken", JSON.stringify({ deep: { list: Array.from({ length: 40 }, (_, index) => `line ${index}`) } })];
  const requests = bodies.flatMap((body) => ["GET", "POST", "PATCH"].map((method) => ({ ...POST, method, body, headers: [...POST.headers, ["X-API-Key", "2"] as const] })));
  const sources = requests.flatMap((request) => (["httpx", "pytest"] as const).map((language) => snippetOf(language, request, ORIGIN, null)));
  const parsing = spawnSync(PYTHON, ["-c", "import ast, json, sys; [ast.parse(each) for each in json.load(sys.stdin)]"], { input: JSON.stringify(sources), encoding: "utf-8" });

  expect(parsing.stderr).toBe("");
});

test("halves of pairs do not break a text", () => {
  expect(pythonText("\ud800")).toBe(String.raw`"\ud800"`);
});
