// The interactive page of the API: reads /openapi/v1.json and lets every operation be tried. Text from the document only ever becomes text
// nodes, never HTML. The API key stays in this tab (sessionStorage).

const methods = ["get", "post", "put", "patch", "delete"];
const note = document.getElementById("note");
const key = document.getElementById("key");

key.value = sessionStorage.getItem("payflow-key") ?? "";
key.addEventListener("input", () => sessionStorage.setItem("payflow-key", key.value.trim()));

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

function idOf(operation, method, path) {
  return operation.operationId ?? `${method}${path}`.replace(/\W+/g, "_");
}

// What a schema looks like, as an indented sketch: names, types, which are required.
function sketch(schema, root, depth = 0, seen = []) {
  if (!schema || depth > 6) return "…";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return seen.includes(name) ? name : sketch(root.components.schemas[name], root, depth, [...seen, name]);
  }
  const alternatives = (schema.oneOf ?? schema.anyOf)?.filter(one => one.type !== "null");
  if (alternatives?.length) return alternatives.map(one => sketch(one, root, depth, seen)).join(" | ");
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(" | ");
  const indent = "  ".repeat(depth + 1);
  if (schema.properties) {
    const lines = Object.entries(schema.properties).map(([name, property]) => {
      const mark = schema.required?.includes(name) ? "" : "?";
      const text = property.description ? `   // ${property.description}` : "";
      return `${indent}${name}${mark}: ${sketch(property, root, depth + 1, seen)}${text}`;
    });
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }
  if (schema.items) return `[${sketch(schema.items, root, depth, seen)}]`;
  if (typeof schema.additionalProperties === "object") return `{ name: ${sketch(schema.additionalProperties, root, depth, seen)} }`;
  return [schema.type].flat().filter(type => type && type !== "null").join(" | ") || "any";
}

function parametersOf(path, item, operation) {
  const declared = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
  for (const [, name] of path.matchAll(/{([^}]+)}/g)) {
    if (!declared.some(parameter => parameter.in === "path" && parameter.name === name)) {
      declared.push({ name, in: "path", required: true });
    }
  }
  return declared;
}

function field(parameter) {
  const input = element("input", { name: parameter.name, spellcheck: false, autocomplete: "off", required: parameter.required === true });
  input.dataset.in = parameter.in;
  if (parameter.name.toLowerCase() === "idempotency-key") input.value = `docs-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  return element("label", {},
    element("span", { textContent: parameter.name, className: parameter.required ? "needed" : "" }),
    input,
    parameter.description ? element("small", { textContent: parameter.description }) : null);
}

function requestOf(form, method, path) {
  const headers = new Headers({ Accept: "application/json" });
  const query = new URLSearchParams();
  let address = path;
  for (const input of form.querySelectorAll("input")) {
    const value = input.value.trim();
    if (input.dataset.in === "path") address = address.replace(`{${input.name}}`, encodeURIComponent(value));
    else if (value && input.dataset.in === "query") query.append(input.name, value);
    else if (value && input.dataset.in === "header") headers.set(input.name, value);
  }
  if (key.value.trim()) headers.set("Authorization", `Bearer ${key.value.trim()}`);
  const body = form.querySelector("textarea")?.value.trim();
  if (body) headers.set("Content-Type", "application/json");
  return [address + (query.size ? `?${query}` : ""), { method: method.toUpperCase(), headers, body: body || undefined }];
}

function readable(text, type) {
  if (!type?.includes("json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function attempt(form, output, method, path) {
  const button = form.querySelector("button");
  button.disabled = true;
  output.replaceChildren(element("span", { textContent: "Sent…" }));
  const started = performance.now();
  try {
    const [address, request] = requestOf(form, method, path);
    const response = await fetch(address, request);
    const text = await response.text();
    const shown = ["content-type", "location", "retry-after", "idempotent-replayed", "preference-applied", "x-correlation-id"]
      .filter(name => response.headers.has(name)).map(name => `${name}: ${response.headers.get(name)}`).join("\n");
    output.replaceChildren(
      element("span", { className: `status ${response.ok ? "ok" : "bad"}`, textContent: `${response.status} ${response.statusText} · ${Math.round(performance.now() - started)} ms` }),
      element("pre", { textContent: shown }),
      element("pre", { className: "answer", textContent: readable(text, response.headers.get("content-type")) }));
  } catch (error) {
    output.replaceChildren(element("span", { className: "status bad", textContent: `No answer: ${error.message}` }));
  } finally {
    button.disabled = false;
  }
}

function describe(root, path, item, method, operation) {
  const media = operation.requestBody?.content?.["application/json"];
  const form = element("form", { noValidate: false }, ...parametersOf(path, item, operation).map(field));
  if (media) {
    const example = media.example ?? Object.values(media.examples ?? {})[0]?.value;
    form.append(element("textarea", { name: "body", spellcheck: false, ariaLabel: "Body", value: example ? JSON.stringify(example, null, 2) : "{}" }));
  }
  form.append(element("button", { type: "submit", textContent: "Try it" }));
  const output = element("output");
  form.addEventListener("submit", event => {
    event.preventDefault();
    attempt(form, output, method, path);
  });

  const answers = Object.entries(operation.responses ?? {}).map(([status, response]) => {
    const schema = Object.values(response.content ?? {})[0]?.schema;
    return element("details", {},
      element("summary", { textContent: `${status === "default" ? "Otherwise" : status} ${response.description ?? ""}` }),
      schema ? element("pre", { textContent: sketch(schema, root) }) : null);
  });
  return element("article", { id: idOf(operation, method, path) },
    element("h3", { textContent: operation.summary ?? path }),
    element("p", { className: "address" }, element("b", { textContent: method.toUpperCase() }), ` ${path}`),
    operation.description ? element("p", { textContent: operation.description }) : null,
    media ? element("details", {}, element("summary", { textContent: "Body" }), element("pre", { textContent: sketch(media.schema, root) })) : null,
    form,
    output,
    ...answers);
}

function show(root) {
  const byTag = new Map();
  for (const [path, item] of Object.entries(root.paths)) {
    for (const method of methods.filter(method => item[method])) {
      const tag = item[method].tags?.[0] ?? "Other";
      byTag.set(tag, [...(byTag.get(tag) ?? []), [path, item, method, item[method]]]);
    }
  }
  const contents = document.getElementById("contents");
  const operations = document.getElementById("operations");
  for (const [tag, entries] of byTag) {
    contents.append(element("h2", { textContent: tag }));
    for (const [path, item, method, operation] of entries) {
      contents.append(element("a", { href: `#${idOf(operation, method, path)}`, textContent: operation.summary ?? path }));
      operations.append(describe(root, path, item, method, operation));
    }
  }
  const away = root["x-payflow-away"] ?? [];
  note.textContent = away.length ? root.info.description : "";
  note.className = away.length ? "bad" : "";
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

try {
  const response = await fetch("/openapi/v1.json");
  if (!response.ok) throw new Error(`/openapi/v1.json answered ${response.status}`);
  show(await response.json());
  document.documentElement.dataset.ready = "true";
} catch (error) {
  note.textContent = `The API document could not be loaded: ${error.message}`;
  note.className = "bad";
}
