// How a client program tells what went as it should: one JSON line a call, `fault` null or what was wrong.
declare const console: { log(line: string): void };
declare const process: { env: Record<string, string> };

export const SERVER = process.env["SERVER"]!;
export const KEY = process.env["KEY"]!;
export const BASIC = process.env["BASIC"]!;

export async function call(name: string, work: () => Promise<void>): Promise<void> {
  let fault: string | null = null;
  try {
    await work();
  } catch (error) {
    fault = String(error);
  }
  console.log(JSON.stringify({ call: name, fault }));
}

export function equal(expected: unknown, actual: unknown): void {
  const [one, other] = [JSON.stringify(expected), JSON.stringify(actual)];
  if (one !== other) throw new Error(`expected ${one}, got ${other}`);
}

export function there<T>(value: T | null | undefined, problem?: unknown): T {
  if (value === undefined || value === null) throw new Error(`nothing came: ${JSON.stringify(problem)}`);
  return value;
}
