// A caller that has only what @hey-api/openapi-ts made of the market, in `market/`. It reads our Server-Sent Events.
import { client } from "./market/client.gen";
import * as market from "./market/sdk.gen";
import type { Tick } from "./market/types.gen";
import { KEY, SERVER, call, equal, there } from "./told";

client.setConfig({ baseUrl: SERVER + "/market/v1", auth: () => KEY });

export function refusedByTheCompiler(): void {
  // @ts-expect-error: `item` is required
  void market.ordersCreate({ body: { count: 2 } });
}

async function main(): Promise<void> {
  let id = 0;
  await call("ordersCreate", async () => {
    const { data, error } = await market.ordersCreate({ body: { item: "pears", count: 2 } });
    id = there(data, error).id;
    equal(["pears", null], [there(data).item, there(data).note]);
  });
  await call("ordersGet", async () => {
    const { data, error } = await market.ordersGet({ path: { id } });
    equal("pears", there(data, error).item);
  });
  await call("ordersList", async () => {
    const { data, error } = await market.ordersList({ query: { item: "pears", count: [2, 3], limit: 5 } });
    equal("pears", there(data, error)[0]?.item);
  });
  await call("ordersUpdate", async () => {
    const { data, error } = await market.ordersUpdate({ path: { id }, body: { note: "ripe" } });
    equal("ripe", there(data, error).note);
  });
  await call("ordersReplace", async () => {
    const { data, error } = await market.ordersReplace({ path: { id }, body: { item: "figs" } });
    equal("figs", there(data, error).item);
  });
  await call("ordersGift", async () => {
    const { data, error } = await market.ordersGift({ path: { id }, body: {} });
    equal("With love (figs)", there(data, error));
  });
  await call("ordersSearch", async () => {
    const { data, error } = await market.ordersSearch({ body: { limit: 1 } });
    equal(1, there(data, error).items.length);
  });
  await call("ordersDelete", async () => {
    const { response } = await market.ordersDelete({ path: { id } });
    equal(204, there(response).status);
  });
  await call("ordersGet, gone", async () => {
    const { error } = await market.ordersGet({ path: { id } });
    equal([404, "declared-error"], [there(error).status, there(error).code]);
  });
  await call("price", async () => {
    const { data, error } = await market.price({ body: { item: "plums", kilos: 2.5 } });
    equal("7.75", there(data, error));
  });
  await call("find", async () => {
    const { data, error } = await market.find({ body: { quality: "fresh", before: "2026-12-01" } });
    equal("FR", there(data, error)[0]?.origins[0]?.country);
  });
  await call("offer", async () => {
    const { data, error } = await market.offer({ body: { goods: { name: "quinces", price: "1.80" } } });
    equal("fresh", there(data, error).quality);
  });
  await call("ticks, as events", async () => {
    const { stream } = await market.ticks({ body: { item: "plums", count: 3 }, headers: { Accept: "text/event-stream" } });
    const ticks: Tick[] = [];
    for await (const tick of stream) ticks.push(tick as Tick);
    equal([[0, "3.10"], [1, "3.20"], [2, "3.30"]], ticks.map((tick) => [tick.number, tick.price]));
  });
  await call("days, as events", async () => {
    const { stream } = await market.days({ body: { start: "2026-12-24", count: 2 }, headers: { Accept: "text/event-stream" } });
    const days: string[] = [];
    for await (const day of stream) days.push(day as string);
    equal(["2026-12-25", "2026-12-26"], days);
  });
}

void main();
