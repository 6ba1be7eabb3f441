// What this server can do: parts of the page whose routes it lacks are not shown.

let routes = new Map<string, Set<string>>();
let properties = new Map<string, Set<string>>();

type Description = { paths?: Record<string, Record<string, unknown>>; components?: { schemas?: Record<string, { properties?: Record<string, unknown> }> } };

let known = false;

/** learn reads the server's own description of its API, once, and reports whether it answered; of one that has none only what was always there is shown. */
export async function learn(): Promise<boolean> {
  if (known) return true;
  try {
    const res = await fetch("/openapi.json");
    if (res.ok) describe((await res.json()) as Description);
    known = res.status < 500 && res.status !== 429;
  } catch {
    // The page says that the server does not answer.
  }
  return known;
}

/** describe takes a description as read. */
export function describe(d: Description): void {
  routes = new Map(Object.entries(d.paths ?? {}).map(([path, methods]) => [shape(path), new Set(Object.keys(methods))]));
  properties = new Map(
    Object.entries(d.paths ?? {}).flatMap(([path, methods]) => {
      const post = methods["post"] as { requestBody?: { content?: Record<string, { schema?: { $ref?: string; properties?: object } }> } } | undefined;
      const schema = post?.requestBody?.content?.["application/json"]?.schema;
      const named = schema?.$ref ? d.components?.schemas?.[schema.$ref.split("/").pop()!] : undefined;
      return [[shape(path), new Set(Object.keys(schema?.properties ?? named?.properties ?? {}))] as [string, Set<string>]];
    }),
  );
}

const shape = (path: string) => path.replace(/\{[^}]*\}/g, "{}");

/** has reports whether the server serves a route below /api/v1, named as in its description. */
export const has = (path: string, method = "get") => routes.get(shape("/api/v1" + path))?.has(method) ?? false;

/** takes reports whether a POST's body may hold a key. */
export const takes = (path: string, key: string) => properties.get(shape("/api/v1" + path))?.has(key) ?? false;
