// A caller that has only the types of openapi-typescript, over openapi-fetch. What is marked @ts-expect-error must
// not compile: the compiler refuses the mark where nothing is wrong.
import createClient from "openapi-fetch";
import type { paths as Market } from "./market";
import type { components, paths as Console } from "./parvis";
import { BASIC, KEY, SERVER, call, equal, there } from "./told";

const market = createClient<Market>({ baseUrl: SERVER + "/market/v1", headers: { Authorization: `Bearer ${KEY}` } });
const stranger = createClient<Market>({ baseUrl: SERVER + "/market/v1" });
const parvis = createClient<Console>({ baseUrl: SERVER + "/parvis/v1", headers: { Authorization: BASIC } });

export function refusedByTheCompiler(): void {
  // @ts-expect-error: `item` is required
  void market.POST("/orders", { body: { count: 2 } });
  // @ts-expect-error: there are no such goods
  void market.POST("/price", { body: { item: "stones" } });
  // @ts-expect-error: a number is no text
  void market.POST("/orders/{id}/gift", { params: { path: { id: 1 } }, body: { words: 3 } });
}

async function main(): Promise<void> {
  let id = 0;
  await call("POST /orders", async () => {
    const { data, error, response } = await market.POST("/orders", { body: { item: "pears", count: 2 } });
    const order = there(data, error);
    id = order.id;
    equal([201, "pears", 2, null], [response.status, order.item, order.count, order.note]);
  });
  const one = { params: { path: { id } } };
  await call("GET /orders/{id}", async () => {
    const { data, error } = await market.GET("/orders/{id}", one);
    equal("pears", there(data, error).item);
  });
  await call("GET /orders", async () => {
    const { data, error } = await market.GET("/orders", { params: { query: { item: "pears", count: [2, 3] } } });
    equal("pears", there(data, error)[0]?.item);
  });
  await call("PATCH /orders/{id}", async () => {
    const { data, error } = await market.PATCH("/orders/{id}", { ...one, body: { note: "ripe" } });
    equal("ripe", there(data, error).note);
  });
  await call("PUT /orders/{id}", async () => {
    const { data, error } = await market.PUT("/orders/{id}", { ...one, body: { item: "figs" } });
    equal(["figs", 1], [there(data, error).item, there(data, error).count]);
  });
  await call("POST /orders/{id}/gift", async () => {
    const { data, error } = await market.POST("/orders/{id}/gift", { ...one, body: {} });
    equal("With love (figs)", there(data, error));
  });
  await call("POST /orders.search", async () => {
    const first = await market.POST("/orders.search", { body: { limit: 1 } });
    const cursor: string = there(there(first.data, first.error).next);
    const second = await market.POST("/orders.search", { body: { limit: 1, cursor } });
    equal(1, there(second.data, second.error).items.length);
  });
  await call("DELETE /orders/{id}", async () => {
    const { response } = await market.DELETE("/orders/{id}", one);
    equal(204, response.status);
  });
  await call("GET /orders/{id}, gone", async () => {
    const { error } = await market.GET("/orders/{id}", one);
    equal([404, "declared-error"], [there(error).status, there(error).code]);
  });
  await call("POST /price", async () => {
    const { data, error } = await market.POST("/price", { body: { item: "plums", kilos: 2.5 } });
    const price: string = there(data, error);
    equal("7.75", price);
  });
  await call("POST /price, without a key", async () => {
    const { error } = await stranger.POST("/price", { body: { item: "plums" } });
    const problem: components["schemas"]["Problem"] = there(error);
    equal(["key-missing", "string"], [problem.code, typeof problem.fix]);
  });
  await call("POST /find", async () => {
    const { data, error } = await market.POST("/find", { body: { quality: "fresh", before: "2026-12-01" } });
    const country: string | undefined = there(data, error)[0]?.origins[0]?.country;
    equal("FR", country);
  });
  await call("POST /offer", async () => {
    const goods = { name: "quinces", price: "1.80", origins: [{ country: "FR" }] };
    const { data, error } = await market.POST("/offer", { body: { goods } });
    equal(["fresh", null, {}], [there(data, error).quality, there(data, error).origins[0]?.farm, data?.labels]);
  });
  await call("POST /average, of none", async () => {
    const { data, error, response } = await market.POST("/average", { body: { prices: [] } });
    equal([200, null, undefined], [response.status, data, error]);
  });
  await call("POST /ticks", async () => {
    const { data, response } = await market.POST("/ticks", { body: { count: 2 }, parseAs: "text" });
    equal([200, 2], [response.status, String(there(data)).trim().split("\n").length]);
  });
  await call("POST /keys and GET /keys of the console", async () => {
    const made = await parvis.POST("/keys", { body: { label: "short" } });
    const key = there(made.data, made.error);
    const listed = await parvis.GET("/keys");
    equal(true, there(listed.data, listed.error).some((each) => each.id === key.id));
    const gone = await parvis.POST("/keys/{id}/revoke", { params: { path: { id: key.id } } });
    equal("string", typeof there(gone.data, gone.error).revoked_at);
  });
}

void main();
