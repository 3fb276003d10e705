// Reading from the program; an error carries what the program said, and its status.
export function message(text) {
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text;
  }
}

export const reader = (headers, offline) => async (url, accept) => {
  let reply;
  try {
    reply = await fetch(url, { headers: { ...headers, Accept: accept, "HX-Request": "true" } });
  } catch {
    throw new Error(offline);
  }
  const text = await reply.text();
  if (!reply.ok) throw Object.assign(new Error(message(text)), { status: reply.status });
  return text;
};
