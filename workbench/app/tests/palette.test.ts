import { describe, expect, test, vi } from "vitest";
import type { Entry } from "../src/palette/entry.js";
import { found, MOST_SHOWN, rankOf } from "../src/palette/found.js";
import type { Known } from "../src/palette/known.js";
import { withNewest } from "../src/palette/recent.js";
import { endpoints } from "../src/palette/sources/endpoints.js";
import { steps } from "../src/palette/sources/steps.js";
import { pastedTrace, traces } from "../src/palette/sources/traces.js";
import { node, trigger } from "./samples.js";

const NOTHING: Known = {
  project: undefined, graph: undefined, endpoints: undefined, topics: undefined, streams: undefined, state: undefined,
  crons: undefined, traces: undefined, problems: undefined, place: {},
};
const ID = "0123456789abcdef0123456789abcdef";

function entry(id: string, group: Entry["group"], name: string, ...keywords: readonly string[]): Entry {
  return { id, group, name, keywords, icon: { icon: vi.fn() as never, colour: "" }, act: () => undefined };
}

function names(typed: string, entries: readonly Entry[], recent: readonly string[] = []): readonly (readonly string[])[] {
  return found(entries, typed, recent).map((group) => [group.name, ...group.entries.map(({ name }) => name)]);
}

describe("how well an entry fits", () => {
  test.each([
    ["shiporder", 5], ["ship", 4], ["order", 3], ["rder", 2], ["parcel", 1], ["x", 0], ["ship order", 7], ["ship parcel", 5], ["ship x", 0],
  ])("%s: %d", (typed, rank) => {
    expect(rankOf(entry("1", "Steps", "ShipOrder", "parcel.ready"), typed.split(" "))).toBe(rank);
  });

  test("the path of a route begins a word of its name", () => {
    expect(rankOf(entry("1", "Endpoints", "POST /orders"), ["orders"])).toBe(3);
  });
});

describe("what is found", () => {
  const ALL = [
    entry("screen:Traces", "Screens", "Traces"),
    entry("step:PayOrder", "Steps", "PayOrder", "order.taken"),
    entry("step:OrderBoard", "Steps", "OrderBoard"),
    entry("endpoint:POST /orders", "Endpoints", "POST /orders"),
    entry("topic:order", "Topics", "order"),
  ];

  test("the best group comes first, and in it the best entry", () => {
    expect(names("order", ALL)).toEqual([["Topics", "order"], ["Steps", "OrderBoard", "PayOrder"], ["Endpoints", "POST /orders"]]);
  });

  test("every word has to be somewhere", () => expect(names("order taken", ALL)).toEqual([["Steps", "PayOrder"]]));

  test("while nothing is typed the recent ones come first, and only there", () => {
    expect(names(" ", ALL, ["topic:order", "step:Gone", "screen:Traces"])).toEqual([
      ["Recent", "order", "Traces"], ["Steps", "PayOrder", "OrderBoard"], ["Endpoints", "POST /orders"],
    ]);
  });

  test("of many some are shown, and how many there are besides", () => {
    const many = Array.from({ length: 500 }, (_, number) => entry(`step:${number}`, "Steps", `Step ${number}`));
    const [group] = found(many, "step", []);
    expect([group?.entries.length, group?.more]).toEqual([MOST_SHOWN, 500 - MOST_SHOWN]);
  });
});

test("what was chosen again moves to the front", () => {
  expect(withNewest(["a", "b"], "b")).toEqual(["b", "a"]);
  expect(withNewest(Array.from({ length: 12 }, String), "new")).toHaveLength(12);
});

describe("sources", () => {
  test("without anything known there is nothing", () => expect([...steps(NOTHING, vi.fn()), ...traces(NOTHING, vi.fn())]).toEqual([]));

  test("a step is found by its file and its triggers, and opens within the flow that is shown", () => {
    const go = vi.fn();
    const ship = node("Ship", { flows: ["mail", "shop"], triggers: [trigger("http", "POST /ship")] });
    const [found] = steps({ ...NOTHING, graph: { revision: 1, nodes: [ship], edges: [], flows: [], layout: {} }, place: { flow: "shop" } }, go);

    expect(found?.keywords).toEqual(expect.arrayContaining(["steps/Ship_step.py", "POST /ship"]));
    found?.act();
    expect(go).toHaveBeenCalledWith({ to: "/flows/{-$flow}", params: { flow: "shop" }, search: { step: "Ship" } }, "step:Ship");
  });

  test("an endpoint opens its tester", () => {
    const go = vi.fn();
    const endpoint = {
      id: "POST /chat", method: "POST", path: "/chat", step: "Chat", description: "", flows: [], file: "steps/chat_step.py", line: 1,
      pathParams: [], queryParams: [], bodySchema: null, responseSchemas: {}, streams: false, isStale: false,
    };
    endpoints({ ...NOTHING, endpoints: { revision: 1, endpoints: [endpoint] } }, go)[0]?.act();
    expect(go).toHaveBeenCalledWith({ to: "/endpoints", search: { endpoint: "POST /chat" } }, "endpoint:POST /chat");
  });

  test("a trace's id that is in no list is an entry, once it is whole", () => {
    expect(pastedTrace(` ${ID.toUpperCase()} `, NOTHING, vi.fn()).map(({ id }) => id)).toEqual([`trace:${ID}`]);
    expect(pastedTrace(ID.slice(1), NOTHING, vi.fn())).toEqual([]);
  });
});
