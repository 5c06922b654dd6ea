// The API's description, drawn from /openapi.json. Nothing is loaded from anywhere else.

const at = (id) => document.getElementById(id);
const api = await (await fetch("/openapi.json")).json();
let token = "";

at("title").textContent = `${api.info.title} ${api.info.version}`;
at("about").textContent = api.info.description;
at("login").addEventListener("submit", logIn);
drawOperations();
drawProblems();
drawShapes();
if (location.hash) reveal(decodeURIComponent(location.hash.slice(1)));
addEventListener("hashchange", () => reveal(decodeURIComponent(location.hash.slice(1))));

function drawOperations() {
  const byTag = {};
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      (byTag[operation.tags[0]] ??= []).push(operationOf(path, method, operation));
    }
  }
  for (const [tag, operations] of Object.entries(byTag)) {
    at("tags").append(link(`#${tag}`, tag));
    at("operations").append(element("section", {}, element("h2", { id: tag }, tag), ...operations));
  }
  at("tags").append(link("#problems", "problems"), link("#schemas", "schemas"));
}

function operationOf(path, method, operation) {
  const drawn = element("details", { id: operation.operationId },
    element("summary", {},
      element("span", { class: `method ${method}` }, method.toUpperCase()),
      element("span", { class: "path" }, path),
      element("span", { class: "quiet" }, operation.summary)));
  drawn.addEventListener("toggle", () => {
    if (drawn.childElementCount === 1) drawn.append(...detailsOf(path, method, operation));
  });
  return drawn;
}

function detailsOf(path, method, operation) {
  const parts = [];
  if (operation.description) parts.push(element("p", {}, operation.description));
  parts.push(element("p", { class: "quiet" }, audienceOf(operation)));
  parts.push(tryOut(path, method, operation), element("h3", {}, "Answers"), answersOf(operation));
  return parts;
}

function audienceOf(operation) {
  const open = !operation.security?.length || operation.security.some((way) => !Object.keys(way).length);
  return open ? "Anybody may ask." : "Needs an access token.";
}

function tryOut(path, method, operation) {
  const parameters = (operation.parameters ?? []).map(resolved);
  const form = element("form", {});
  for (const each of parameters) {
    const title = `${each.name}${each.required ? " *" : ""} (${each.in}, ${sketch(each.schema)})`;
    form.append(element("label", { title: each.description ?? "" }, title, element("input", { name: each.name })));
  }
  const media = operation.requestBody?.content["application/json"];
  const body = media && element("textarea", { name: "body", spellcheck: "false" });
  if (body) {
    body.value = JSON.stringify(media.example ?? {}, null, 2);
    form.append(element("label", {}, "Body: ", shapeOf(media.schema)), body);
  }
  const answer = element("pre", { hidden: "" });
  form.append(element("button", {}, "Send"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = await send(path, method, parameters, new FormData(form), body?.value);
  });
  return element("div", {}, form, answer);
}

async function send(path, method, parameters, values, body) {
  const query = new URLSearchParams();
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (body) headers["Content-Type"] = "application/json";
  for (const { name, in: place } of parameters) {
    const value = values.get(name);
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value && place === "query") query.set(name, value);
    else if (value) headers[name] = value;
  }
  const answer = await fetch(`${path}${query.size ? `?${query}` : ""}`, { method: method.toUpperCase(), headers, body });
  const shown = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return `${answer.status} ${answer.statusText}\n${shown}\n\n${pretty(await answer.text())}`;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function answersOf(operation) {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const { description, content } = resolved(response);
    const schema = Object.values(content ?? {})[0]?.schema;
    return element("tr", {}, element("td", {}, status), element("td", {}, description), element("td", {}, schema ? shapeOf(schema) : ""));
  });
  return element("table", {}, ...rows);
}

function drawProblems() {
  for (const [code, { status, detail }] of Object.entries(api.info["x-problems"])) {
    at("codes").append(element("tr", { id: code }, element("td", {}, element("code", {}, code)), element("td", {}, status), element("td", {}, detail)));
  }
}

function drawShapes() {
  for (const [name, schema] of Object.entries(api.components.schemas).sort()) {
    const summary = element("summary", {}, element("code", {}, name));
    at("shapes").append(element("details", { id: `schema-${name}` }, summary, fieldsOf(schema)));
  }
}

function fieldsOf(schema) {
  if (!schema.properties) return element("pre", {}, JSON.stringify(schema, null, 2));
  const rows = Object.entries(schema.properties).map(([name, field]) =>
    element("tr", {},
      element("td", {}, element("code", {}, schema.required?.includes(name) ? `${name} *` : name)),
      element("td", {}, shapeOf(field)),
      element("td", { class: "quiet" }, field.description ?? "")));
  return element("table", {}, ...rows);
}

function shapeOf(schema) {
  const name = nameIn(schema) ?? nameIn(schema.items);
  return name ? element("span", {}, schema.items ? "list of " : "", link(`#schema-${name}`, name)) : sketch(schema);
}

function nameIn(schema) {
  const inner = schema?.anyOf?.find((choice) => choice.$ref) ?? schema;
  return inner?.$ref?.split("/").pop();
}

function sketch(schema) {
  if (nameIn(schema)) return nameIn(schema);
  if (schema.enum) return schema.enum.filter((each) => each !== null).join(" | ");
  const kind = schema.format ?? [schema.type ?? "anything"].flat().join(" or ");
  if (schema.items) return `list of ${sketch(schema.items)}`;
  return schema.minimum === undefined ? kind : `${kind} ${schema.minimum} … ${schema.maximum}`;
}

function resolved(thing) {
  return thing.$ref ? thing.$ref.slice(2).split("/").reduce((part, name) => part[name], api) : thing;
}

async function logIn(event) {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(event.target)));
  const answer = await fetch("/api/auth/login", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  const said = await answer.json();
  token = said.access_token ?? "";
  at("who").textContent = token ? `logged in as ${JSON.parse(body).email}` : said.detail;
}

function reveal(id) {
  const target = at(id);
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

function link(href, text) {
  return element("a", { href }, text);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}
