// Serves the demo app, a program of somebody else, on a port of its own. Nothing but files: all it does happens in the browser.
//
//   FAREGATE_URL=http://127.0.0.1:8080 node conformance/demo-app/server.mjs [port]
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";

const gateway = new URL(process.env.FAREGATE_URL ?? "http://127.0.0.1:8080").origin;
const model = process.env.FAREGATE_MODEL ?? "faregate/echo";
const files = { "/": ["index.html", "text/html"], "/callback": ["index.html", "text/html"], "/app.mjs": ["app.mjs", "text/javascript"] };

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://demo");
  if (pathname === "/favicon.ico") return response.writeHead(204).end();
  if (pathname === "/config.json") {
    return response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ gateway, model }));
  }
  const [file, type] = files[pathname] ?? [];
  if (!file) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": `${type}; charset=utf-8`, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store" });
  response.end(await readFile(new URL(file, import.meta.url)));
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(`demo app at http://localhost:${server.address().port}/`));
