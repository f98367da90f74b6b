"use strict";
// Shows openapi.json as a page on which every operation can be tried. Builds nodes, never HTML text.

const make = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node[key] = value;
  node.append(...children);
  return node;
};

const resolve = (api, schema) =>
  schema && schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;

// A value that fits a schema, as a start for a body.
const example = (api, given, depth = 0) => {
  const schema = resolve(api, given);
  if (!schema || depth > 6) return null;
  if (schema.examples) return schema.examples[0];
  if ("default" in schema) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return example(api, schema.anyOf[0], depth + 1);
  switch (schema.type) {
    case "object": {
      const wanted = schema.required || [];
      return Object.fromEntries(
        Object.entries(schema.properties || {})
          .filter(([name]) => wanted.includes(name))
          .map(([name, property]) => [name, example(api, property, depth + 1)]));
    }
    case "array": return [];
    case "integer": return schema.minimum || 1;
    case "boolean": return false;
    default: return schema.format === "date-time" ? new Date().toISOString() : "text";
  }
};

const shape = (api, given, depth = 0) => {
  const schema = resolve(api, given);
  if (!schema) return "";
  if (schema.anyOf) return schema.anyOf.map((one) => shape(api, one, depth)).join(" | ");
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  if (schema.type === "array") return `[${shape(api, schema.items, depth)}]`;
  if (schema.type !== "object" || !schema.properties) return schema.type || "any";
  if (depth > 4) return "{…}";
  const pad = "  ".repeat(depth + 1);
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const mark = (schema.required || []).includes(name) ? "" : "?";
    const about = resolve(api, property).description;
    return `${pad}${name}${mark}: ${shape(api, property, depth + 1)}${about ? `  // ${about}` : ""}`;
  });
  return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
};

const operation = (api, path, method, about) => {
  const inputs = new Map();
  const table = make("table");
  for (const parameter of about.parameters || []) {
    const input = make("input", { placeholder: parameter.required ? "needed" : "" });
    inputs.set(parameter, input);
    table.append(make("tr", {}, make("td", {}, make("code", {}, parameter.name)), make("td", {}, parameter.in),
      make("td", {}, input), make("td", {}, parameter.description || "")));
  }
  const body = about.requestBody && about.requestBody.content["application/json"].schema;
  const text = body && make("textarea", { value: JSON.stringify(example(api, body), null, 2), spellcheck: false });
  const result = make("pre", { hidden: true });
  const run = make("button", { type: "button" }, "Try it");
  run.addEventListener("click", async () => {
    let url = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const [parameter, input] of inputs) {
      if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value && parameter.in === "query") query.set(parameter.name, input.value);
      else if (input.value) headers[parameter.name] = input.value;
    }
    const key = document.getElementById("key").value;
    if (key) headers["X-API-Key"] = key;
    if (text) headers["Content-Type"] = "application/json";
    result.hidden = false;
    try {
      const answer = await fetch(url + (query.size ? `?${query}` : ""),
        { method: method.toUpperCase(), headers, body: text ? text.value : undefined });
      const content = await answer.text();
      let shown = content;
      try { shown = JSON.stringify(JSON.parse(content), null, 2); } catch { /* shown as it came */ }
      const etag = answer.headers.get("ETag");
      result.textContent = `${answer.status} ${answer.statusText}${etag ? `  ETag: ${etag}` : ""}\n${shown}`;
    } catch (error) {
      result.textContent = String(error);
    }
  });
  const answers = Object.entries(about.responses).map(([status, response]) => {
    const content = Object.values(response.content || {})[0];
    return make("tr", {}, make("td", {}, make("code", {}, status)), make("td", {}, response.description),
      make("td", {}, status < "300" && content ? make("pre", {}, shape(api, content.schema)) : ""));
  });
  const details = make("details", { id: about.operationId },
    make("summary", {}, make("span", { className: `method ${method}` }, method.toUpperCase()), make("code", {}, path), about.summary),
    make("p", {}, about.description || ""));
  if (table.children.length) details.append(make("h4", {}, "Parameters"), table);
  if (text) details.append(make("h4", {}, "Body"), make("pre", {}, shape(api, body)), text);
  details.append(make("p", {}, run), result, make("h4", {}, "Answers"), make("table", {}, ...answers));
  return details;
};

const show = async () => {
  const api = await (await fetch("/api/openapi.json")).json();
  document.getElementById("about").textContent = `${api.info.description} Version ${api.info.version}.`;
  const main = document.getElementById("operations");
  main.replaceChildren();
  for (const { name } of api.tags) {
    document.getElementById("tags").append(make("a", { href: `#tag-${name}` }, name));
    main.append(make("h2", { id: `tag-${name}` }, name));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, about] of Object.entries(methods)) {
        if (about.tags.includes(name)) main.append(operation(api, path, method, about));
      }
    }
  }
};

show().catch((error) => { document.getElementById("operations").textContent = `The description cannot be read: ${error}`; });
