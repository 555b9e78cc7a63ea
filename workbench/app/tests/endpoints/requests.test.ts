import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EndpointView } from "../../src/api/types.js";
import { grouped } from "../../src/endpoints/groups.js";
import { addressOf, parametersIn } from "../../src/endpoints/request/address.js";
import { isDraft, keptPart, missingParams, newDraft, requestOf, withDeclared, type Draft } from "../../src/endpoints/request/draft.js";
import { isSent, keptPast, MOST_SENT, remembered, type Past, type Sent } from "../../src/endpoints/request/past.js";
import { isSecretName } from "../../src/endpoints/request/secrets.js";

const ENDPOINT: EndpointView = {
  id: "POST /orders/:shop", method: "POST", path: "/orders/:shop", step: "TakeOrder", description: "Takes orders", flows: ["shop"], file: "steps/order_step.py", line: 1,
  pathParams: ["shop"], queryParams: [{ name: "dry", description: "" }],
  bodySchema: { type: "object", properties: { item: { type: "string" } }, required: ["item"] }, responseSchemas: {}, streams: false, isStale: false,
};

function draft(change: Partial<Draft> = {}): Draft {
  return { ...newDraft(ENDPOINT), ...change };
}

describe("addresses", () => {
  test.each([
    ["/users/:id", { id: "a/b c" }, "/users/a%2Fb%20c"],
    ["/users/:id", {}, "/users/:id"],
    ["/users/:id?", {}, "/users"],
    ["/users/:id?", { id: "7" }, "/users/7"],
    ["/files/*", { "0": "a b/c.txt" }, "/files/a%20b/c.txt"],
    ["/files/*", {}, "/files"],
    ["/", {}, "/"],
  ])("%s with %j", (path, params, address) => {
    expect(addressOf(path, params as Record<string, string>, [])).toBe(address);
  });

  test("a query, also with names that come twice", () => {
    expect(addressOf("/a", {}, [["tag", "x&y"], ["tag", "ü"]])).toBe("/a?tag=x%26y&tag=%C3%BC");
  });

  test("what a server finds in them is what was filled in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text !== "." && text !== ".."), (value) => {
        const { pathname } = new URL(addressOf("/a/:id/b", { id: value }, []), "http://localhost");

        expect(decodeURIComponent(pathname.split("/")[2] ?? "")).toBe(value);
      }),
    );
  });

  test("the rest of a path is a parameter, too", () => {
    expect(parametersIn("/a/:id/*")).toEqual(["id", "0"]);
  });
});

describe("what is sent", () => {
  test("a new draft is what the schema asks for", () => {
    expect(requestOf(ENDPOINT, draft({ params: { shop: "tea" } }))).toEqual({
      method: "POST", path: "/orders/tea", headers: [["Content-Type", "application/json"]], body: "{}",
    });
  });

  test("rows that are off, or have no name, are not", () => {
    const rows = [{ name: "a", value: "1", isOn: true }, { name: "b", value: "2", isOn: false }, { name: " ", value: "3", isOn: true }];
    const request = requestOf(ENDPOINT, draft({ query: rows, headers: rows, body: "" }));

    expect(request).toMatchObject({ path: "/orders/:shop?a=1", headers: [["a", "1"]], body: null });
  });

  test("a type among the headers wins", () => {
    expect(requestOf(ENDPOINT, draft({ headers: [{ name: "content-type", value: "text/csv", isOn: true }] })).headers).toEqual([["content-type", "text/csv"]]);
  });

  test("no browser sends a body with GET", () => {
    expect(requestOf({ ...ENDPOINT, method: "GET" }, draft()).body).toBeNull();
  });

  test("parameters that the path needs are missed", () => {
    expect(missingParams(ENDPOINT, draft())).toEqual(["shop"]);
    expect(missingParams({ ...ENDPOINT, path: "/a/:b?" }, draft())).toEqual([]);
  });

  test("a parameter that is declared later gets its row", () => {
    const changed = { ...ENDPOINT, queryParams: [...ENDPOINT.queryParams, { name: "page", description: "" }] };

    expect(withDeclared(draft(), changed).query.map(({ name }) => name)).toEqual(["dry", "page"]);
  });
});

describe("what is written down", () => {
  test.each(["Authorization", "x-api-key", "apiKey", "password", "newPassword", "access_token", "client-secret", "Cookie", "key", "privateKey", "x-auth"])("%s is a secret", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each(["name", "keyboard", "monkey", "author", "message", "shop"])("%s is none", (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  test("secrets are left out, wherever they stand", () => {
    const row = (name: string) => ({ name, value: "s3cret", isOn: true });
    const kept = keptPart(draft({
      params: { shop: "tea", token: "s3cret" },
      query: [row("api_key"), { ...row("q"), value: "tea" }],
      headers: [row("Authorization")],
      body: JSON.stringify({ a: [{ password: "s3cret", name: "Ada" }], auth: { user: "s3cret" }, max_tokens: 5 }),
    }));

    expect(JSON.stringify(kept)).not.toContain("s3cret");
    expect(JSON.parse(kept.body)).toEqual({ a: [{ password: "", name: "Ada" }], auth: "", max_tokens: 5 });
    expect(kept.query[1]?.value).toBe("tea");
  });

  test.each(['{"password": "s3cret"', "token=s3cret&a=b", "<key>s3cret</key>"])("a text that cannot be looked through is not kept: %s", (body) => {
    expect(keptPart(draft({ body })).body).toBe("");
  });

  test("other texts are, as they are written", () => {
    expect(keptPart(draft({ body: '{ "a" : 1 }' })).body).toBe('{ "a" : 1 }');
    expect(keptPart(draft({ body: "{ half" })).body).toBe("{ half");
  });

  test("no secret of what was sent is in its address", () => {
    const sent = one("1", { query: [{ name: "token", value: "s3cret", isOn: true }] });
    const kept = keptPast({ [ENDPOINT.id]: [{ ...sent, address: "/orders/tea?token=s3cret" }] });

    expect(JSON.stringify(kept)).not.toContain("s3cret");
    expect(kept[ENDPOINT.id]?.[0]?.address).toBe("/orders/tea?token=");
  });

  test("something else that lies there is no draft", () => {
    expect([null, 1, {}, { body: "" }].some(isDraft)).toBe(false);
    expect(isDraft(JSON.parse(JSON.stringify(draft())))).toBe(true);
    expect(isSent({ id: "1" })).toBe(false);
  });
});

function one(id: string, change: Partial<Draft> = {}): Sent {
  return { id, at: 1, draft: draft({ params: { shop: "tea" }, ...change }), address: "/orders/tea", status: 200, milliseconds: 5, trace: null };
}

describe("what was sent before", () => {
  test("the newest is first, and the oldest make room", () => {
    let past: Past = {};
    for (let number = 1; number <= MOST_SENT + 5; number += 1) past = remembered(past, "GET /a", one(String(number)));

    expect(past["GET /a"]).toHaveLength(MOST_SENT);
    expect(past["GET /a"]?.[0]?.id).toBe(String(MOST_SENT + 5));
  });

  test("an answer takes the place of its request", () => {
    const past = remembered(remembered(remembered({}, "GET /a", { ...one("1"), status: null }), "GET /a", one("2")), "GET /a", one("1"));

    expect(past["GET /a"]?.map(({ id, status }) => [id, status])).toEqual([["2", 200], ["1", 200]]);
  });
});

describe("the list", () => {
  const endpoints = [ENDPOINT, { ...ENDPOINT, id: "GET /b", method: "GET", path: "/b", flows: ["shop", "other"], description: "" }, { ...ENDPOINT, id: "GET /c", path: "/c", step: "C", description: "", flows: [] }];

  test("is by flow, in the order of the files", () => {
    expect(grouped(endpoints, "").map((group) => [group.flow, group.endpoints.map(({ id }) => id)])).toEqual([
      ["shop", ["POST /orders/:shop", "GET /b"]], ["other", ["GET /b"]], [null, ["GET /c"]],
    ]);
  });

  test("is searched for all words, in any order", () => {
    expect(grouped(endpoints, "/orders post").flatMap((group) => group.endpoints.map(({ id }) => id))).toEqual(["POST /orders/:shop"]);
    expect(grouped(endpoints, "nothing")).toEqual([]);
  });
});
