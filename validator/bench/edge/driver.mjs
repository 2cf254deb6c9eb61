// Sends requests from within the runtime, so that what is measured is a worker and not the way to it.

import material from "./material.json";

const { tokens } = JSON.parse(material);

export default {
  async fetch(request, env) {
    const { target, path, first, step, count } = await request.json();
    for (let sent = 0; sent < count; sent += 1) {
      const token = tokens[(first + sent * step) % tokens.length];
      const response = await env[target].fetch(`http://edge.example${path}`, { headers: { authorization: `Bearer ${token}` } });
      const said = await response.text();
      if (response.status !== 200) return new Response(`${target}${path}: ${response.status} ${said}`, { status: 500 });
    }
    return new Response("ok");
  },
};
