// A board comes in fragments, a departure each; those that this screen holds are only named.
// What is asked with: the tags of the fragments that are held.
export const named = (held) => [...held.keys()].join(" ");

// The board of an answer, and the fragments that are held from now on. `held` is what the
// question was asked with: another answer may have come meanwhile.
// A small board comes whole, as HTML.
export function join(held, { headers, text }) {
  if (!headers.get("Content-Type").startsWith("application/json")) return { html: text, held: new Map() };
  const { mark, token, fragments } = JSON.parse(text);
  const pairs = fragments.map((one) => (typeof one === "string" ? [one, held.get(one)] : one));
  const html = pairs.map(([, piece]) => piece).join("").split(mark).join(token);
  return { html, held: new Map(pairs) };
}
