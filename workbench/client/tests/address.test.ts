import { expect, test } from "vitest";
import { addressOf, baseAddress, channelKey, socketAddress, streamAddress } from "../src/address.js";

test.each([
  ["http://localhost:3000", "http://localhost:3000", "ws://localhost:3000/"],
  ["ws://localhost:3000/", "http://localhost:3000", "ws://localhost:3000/"],
  ["https://a.example/app//?x=1#y", "https://a.example/app", "wss://a.example/app/"],
])("%s is a server", (url, base, socket) => {
  expect(baseAddress(url)).toBe(base);
  expect(socketAddress(baseAddress(url))).toBe(socket);
});

test("without a page the address has to be said", () => {
  expect(() => baseAddress()).toThrow(/connect\("http/);
  expect(() => baseAddress("ftp://x")).toThrow("ftp:");
  expect(() => baseAddress("/relative")).toThrow();
});

test("each part of a stream's address is encoded", () => {
  expect(streamAddress("http://h", { stream: "chat-messages", group: "user:1/ä", id: "a b?" })).toBe(
    "http://h/streams/chat-messages/user%3A1%2F%C3%A4/a%20b%3F",
  );
});

test("a path is below the server, a whole address is itself", () => {
  expect(addressOf("http://h/app", "/chat")).toBe("http://h/app/chat");
  expect(addressOf("http://h", "chat")).toBe("http://h/chat");
  expect(addressOf("http://h", "https://other/chat")).toBe("https://other/chat");
});

test("no two channels have one key", () => {
  const keys = [{ stream: "a", group: "b,c" }, { stream: "a,b", group: "c" }, { stream: "a", group: "b", id: "c" }].map(channelKey);

  expect(new Set(keys).size).toBe(3);
});
