import { expect, test } from "vitest";
import type { NodeView, TriggerView } from "../src/api/types.js";
import { firstRoute, firstRun } from "../src/parts/first-run.js";

function asked(...routes: readonly string[]): readonly NodeView[] {
  const triggers = routes.map((label) => {
    const [method = "", path = ""] = label.split(" ");
    return { type: "http", label, method, path } as TriggerView;
  });
  return [{ triggers: [{ type: "cron" } as TriggerView, ...triggers] } as unknown as NodeView];
}

test.each([
  [["GET /pages/*", "GET /users/:id", "POST /chat"], "POST /chat"],
  [["GET /pages/*", "GET /users/:id"], "GET /pages/*"],
])("of %j the first to ask is %s", (routes, first) => {
  expect(firstRoute(asked(...routes))?.label).toBe(first);
});

test("who has no route is told none", () => {
  expect(firstRoute(asked())).toBeNull();
  expect(firstRun(asked(), "")).toBeNull();
});

test("a command needs a body as seldom as can be", () => {
  expect(firstRun(asked("POST /login", "GET /hello"), "http://here")).toBe("curl http://here/hello");
  expect(firstRun(asked("POST /login", "GET /users/:id"), "http://here")).toBe("curl -X POST http://here/login");
});
