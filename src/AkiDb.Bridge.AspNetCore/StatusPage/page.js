const WINDOW = 15 * 60 * 1000;
const SLICE = 5000;
const KEY = "akidb-bridge-key";
const GROUPS = {
  ready: ["ready", "ready"], starting: ["start", "starting"], handshaking: ["start", "starting"], loading: ["start", "starting"], draining: ["start", "stopping"],
  degraded: ["start", "degraded"], unhealthy: ["bad", "unhealthy"], backing_off: ["bad", "waits before its restart"], quarantined: ["bad", "quarantined"],
  failed: ["bad", "failed"], unavailable: ["bad", "unavailable"], stopped: ["gone", "stopped"], off: ["gone", "off"],
};
const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const groupOf = (state) => GROUPS[state] ?? ["gone", state];

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function draw(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// What is the same stays as it is: who reads it keeps the focus, and an open report stays open.
const shown = new Map();
function show(id, value, build) {
  const text = JSON.stringify(value);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  const open = new Set([...byId(id).querySelectorAll("details[open]")].map((one) => one.dataset.id));
  byId(id).replaceChildren(...build(value));
  byId(id).querySelectorAll("details").forEach((one) => { one.open = open.has(one.dataset.id); });
}

const badge = (state) => make("span", { class: `badge ${groupOf(state)[0]}` }, state.replaceAll("_", " "));

function facts(pairs) {
  return make("dl", { class: "facts" }, ...pairs.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
}

function duration(seconds) {
  if (seconds < 90) return `${Math.floor(seconds)} s`;
  return seconds < 5400 ? `${Math.floor(seconds / 60)} min` : `${number.format(seconds / 3600)} h`;
}

const megabytes = (bytes) => (bytes === null ? null : `${Math.round(bytes / 1048576)} MiB`);
const modelsOf = (status) => [status, ...status.models];

function showModel(model) {
  const queue = model.queue;
  return make("article", { "aria-label": `Model ${model.model}` },
    make("div", { class: "row" }, make("h3", {}, model.model), badge(model.state)),
    facts([
      ["in-process", model.in_process.state], ["uptime", duration(model.uptime_seconds)], ["waiting", `${number.format(queue.interactive_tokens + queue.bulk_tokens)} tokens`],
      ["admitted", `${number.format(queue.admitted_tokens)} tokens`],
      ["speed", queue.tokens_per_second === null ? null : `${number.format(queue.tokens_per_second)} tokens/s`], ["overloaded", queue.overloaded ? "yes" : null],
    ]),
    ...(model.reasons.length ? [make("ul", { class: "reasons" }, ...model.reasons.map((reason) => make("li", {}, reason)))] : []));
}

function timeline(slot, now) {
  const begin = now - WINDOW;
  const svg = draw("svg", { class: "timeline", viewBox: "0 0 1000 26", preserveAspectRatio: "none", role: "img" });
  const parts = [];
  slot.history.forEach((move, index) => {
    const until = slot.history[index + 1]?.at ?? now;
    if (until <= begin) return;
    const x = Math.max(0, (move.at - begin) / WINDOW) * 1000;
    // A short state must be seen too.
    const width = Math.max(((until - Math.max(move.at, begin)) / WINDOW) * 1000, 1.5);
    svg.append(draw("rect", { class: groupOf(move.state)[0], x: Math.min(x, 998.5), y: 4, width, height: 18 }));
    parts.push(`${groupOf(move.state)[1]} at ${clock.format(move.at)}`);
  });
  for (const crash of slot.crashes) {
    const x = ((Date.parse(crash.at) - begin) / WINDOW) * 1000;
    if (x >= 0) svg.append(draw("line", { class: "crash", x1: Math.min(x, 999), x2: Math.min(x, 999), y1: 0, y2: 26 }));
  }
  svg.setAttribute("aria-label", `${slot.worker} in the last 15 minutes: ${parts.slice(-8).join(", ")}`);
  return svg;
}

function showWorker(worker, slot, model) {
  return make("article", { class: "worker", "aria-label": `${worker.name} of ${model.model}` },
    make("div", { class: "row" }, make("h3", {}, worker.name), badge(worker.state), ...(worker.successor_pid ? [make("span", { class: "note" }, `replaced by ${worker.successor_pid} soon`)] : [])),
    facts([
      ["pid", worker.pid], ["since", clock.format(Date.parse(worker.since))], ["restarts", worker.restarts], ["in flight", worker.in_flight], ["served", `${number.format(worker.served)} batches`],
      ["memory", megabytes(worker.memory_bytes)],
    ]),
    make("div", { "data-timeline": `${model.model} ${worker.name}` }),
    make("details", { "data-id": `history ${model.model} ${worker.name}` }, make("summary", {}, "History in words"),
      make("ol", { class: "reasons" }, ...slot.history.slice(-16).reverse().map((move) => make("li", {}, `${clock.format(move.at)} ${move.state.replaceAll("_", " ")}`)))));
}

function showCrash(crash, slot) {
  const id = `crash ${slot.model} ${slot.worker} ${crash.at}`;
  const fresh = Date.now() - Date.parse(crash.at) < 3000;
  const report = [crash.explanation, crash.traceback, crash.stderr.length ? `Last lines on stderr:\n${crash.stderr.join("\n")}` : null].filter(Boolean).join("\n\n");
  return make("article", { class: fresh ? "worker fresh" : "worker", "aria-label": `Crash of ${slot.worker}` },
    make("div", { class: "row" }, make("h3", {}, `${slot.worker}, ${clock.format(Date.parse(crash.at))}`), ...(crash.exit ? [make("span", { class: "badge bad" }, crash.exit)] : [])),
    make("p", { class: "note" }, crash.reason),
    facts([["uptime", duration(crash.uptime_seconds)], ["memory", megabytes(crash.memory_bytes)], ["batches lost and computed again", crash.in_flight.length]]),
    make("details", { "data-id": id }, make("summary", {}, "Report"), make("pre", { tabindex: 0 }, report || "It left no words.")));
}

function path(values, most) {
  const [step, known] = [1000 / values.length, (index) => (values[index] ?? null) !== null];
  return values.map((value, index) => {
    if (value === null) return "";
    const [x, y] = [(index + 0.5) * step, 104 - (value / most) * 98];
    if (known(index - 1)) return `L${x} ${y}`;
    // A value without neighbours is a dash: a line from a point to itself cannot be seen.
    return known(index + 1) ? `M${x} ${y}` : `M${x - step / 2} ${y}h${step}`;
  }).join("");
}

function plot(title, unit, series) {
  const most = Math.max(...series.flatMap(([, , values]) => values.filter((value) => value !== null)), 0) || 1;
  const last = (values) => values.findLast((value) => value !== null) ?? null;
  const now = series.map(([name, , values]) => `${name} ${last(values) === null ? "nothing yet" : `${number.format(last(values))} ${unit}`}`).join(", ");
  return make("figure", {},
    make("figcaption", {}, make("strong", {}, title), ...series.map(([name, kind, values]) => make("span", { class: `now key-${kind}` },
      `${name}: ${last(values) === null ? "none" : `${number.format(last(values))} ${unit}`}`))),
    draw("svg", { class: "plot", viewBox: "0 0 1000 110", preserveAspectRatio: "none", role: "img", "aria-label": `${title} in the last 15 minutes. Latest: ${now}. Most: ${number.format(most)} ${unit}` },
      ...series.map(([, kind, values]) => draw("path", { class: kind, d: path(values, most) }))),
    make("div", { class: "axis", "aria-hidden": "true" }, make("span", {}, "-15 min"), make("span", {}, `top: ${number.format(most)} ${unit}`), make("span", {}, "now")));
}

function showTraffic(traffic, now) {
  const first = Math.floor(now / SLICE) - WINDOW / SLICE;
  const slices = new Map(traffic.map((slice) => [Math.floor(slice[0] / SLICE) - first - 1, slice]));
  const values = (pick, missing) => Array.from({ length: WINDOW / SLICE }, (_, index) => (slices.has(index) ? pick(slices.get(index)) : missing));
  byId("plots").replaceChildren(
    plot("Throughput", "requests/s", [["answered", "one", values((slice) => (slice[1] - slice[2]) / 5, 0)], ["failed", "two", values((slice) => slice[2] / 5, 0)]]),
    plot("Tokens", "tokens/s", [["computed", "one", values((slice) => slice[3] / 5, 0)]]),
    plot("Latency", "ms", [["p50", "one", values((slice) => slice[4], null)], ["p99", "two", values((slice) => slice[5], null)]]));
}

let states = new Map();
function announce(models) {
  const next = new Map(models.flatMap((model) => model.workers.map((worker) => [`${model.model} ${worker.name}`, [worker.name, worker.state, worker.restarts]])));
  const news = [...next].filter(([key, [, state, restarts]]) => states.has(key) && (states.get(key)[1] !== state || states.get(key)[2] !== restarts)).map(([, [name, state]]) => `${name} is ${state.replaceAll("_", " ")}`);
  states = next;
  if (news.length) byId("announcement").textContent = news.join(", ");
}

let drawn = 0;
function render(page) {
  const models = modelsOf(page.status);
  const slots = new Map(page.slots.map((slot) => [`${slot.model} ${slot.worker}`, slot]));
  byId("main").hidden = false;
  byId("sign-in").hidden = true;
  show("models", models.map((model) => ({ ...model, workers: [], uptime_seconds: Math.floor(model.uptime_seconds) })), (all) => all.map(showModel));
  show("workers", models.map((model) => [model.model, model.workers.map((worker) => ({ ...worker, last_inference: null, last_crash: null }))]), () => {
    const all = models.flatMap((model) => model.workers.map((worker) => showWorker(worker, slots.get(`${model.model} ${worker.name}`), model)));
    return all.length ? all : [make("p", { class: "note" }, "No model has workers: the in-process engine answers.")];
  });
  document.querySelectorAll("[data-timeline]").forEach((place) => place.replaceChildren(timeline(slots.get(place.dataset.timeline), page.now)));
  show("crashes", page.slots.map((slot) => slot.crashes.map((crash) => [slot.model, slot.worker, crash.at])), () => {
    const all = page.slots.flatMap((slot) => slot.crashes.map((crash) => [crash, slot])).sort(([one], [other]) => Date.parse(other.at) - Date.parse(one.at));
    return all.length ? all.map(([crash, slot]) => showCrash(crash, slot)) : [make("p", { class: "note" }, "None.")];
  });
  if (page.now - drawn > 1000) {
    drawn = page.now;
    showTraffic(page.traffic, page.now);
  }
  announce(models);
}

const key = () => sessionStorage.getItem(KEY);
const authorization = () => (key() ? { authorization: `Bearer ${key()}` } : {});

async function sentence(response) {
  try { return (await response.json()).detail ?? response.statusText; } catch { return response.statusText; }
}

function askForKey(why) {
  byId("main").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-out").hidden = true;
  byId("connection").textContent = "Signed out";
  if (why) byId("sign-in-why").textContent = why;
  byId("key").focus();
}

let following = 0;
async function follow() {
  const mine = ++following;
  for (let pause = 500; mine === following; pause = Math.min(pause * 2, 5000)) {
    try {
      // Not by EventSource, which can send no key but in the address.
      const response = await fetch("/status-page/events", { headers: { accept: "text/event-stream", ...authorization() }, cache: "no-store" });
      if (response.status === 401 || response.status === 403) {
        askForKey(await sentence(response));
        return;
      }
      if (!response.ok) throw new Error(await sentence(response));
      byId("connection").textContent = "Live";
      byId("sign-out").hidden = !key();
      let text = "";
      for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
        text += piece;
        const events = text.split("\n\n");
        text = events.pop();
        if (mine !== following) return;
        if (events.length) render(JSON.parse(events.at(-1).replace(/^data: /, "")));
        pause = 500;
      }
    } catch (error) {
      console.debug(error);
    }
    if (mine === following) byId("connection").textContent = "Not connected; trying again";
    await new Promise((done) => setTimeout(done, pause));
  }
}

function cosine(one, other) {
  let [product, left, right] = [0, 0, 0];
  one.forEach((value, index) => { product += value * other[index]; left += value * value; right += other[index] * other[index]; });
  return product / Math.sqrt(left * right || 1);
}

function showMatrix(texts, vectors) {
  const head = make("tr", {}, make("th", { scope: "col" }, "Text"), ...texts.map((_, index) => make("th", { scope: "col" }, String(index + 1))));
  const rows = vectors.map((one, row) => make("tr", {}, make("th", { scope: "row", title: texts[row] }, `${row + 1}. ${texts[row]}`), ...vectors.map((other) => {
    const value = cosine(one, other);
    const cell = make("td", {}, value.toFixed(2));
    cell.style.setProperty("--similarity", Math.max(0, value).toFixed(2));
    return cell;
  })));
  byId("matrix").replaceChildren(make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Similarity of the texts" },
    make("table", {}, make("caption", {}, "Cosine similarity"), make("thead", {}, head), make("tbody", {}, ...rows))));
}

byId("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  const texts = byId("texts").value.split("\n").filter((line) => line.trim()).slice(0, 12);
  if (!texts.length) { byId("try-status").textContent = "Write a text first."; return; }
  byId("try-status").textContent = "Computing";
  try {
    const response = await fetch("/api/v1/embed", { method: "POST", headers: { "content-type": "application/json", ...authorization() }, body: JSON.stringify({ inputs: texts }) });
    if (!response.ok) { byId("try-status").textContent = await sentence(response); return; }
    const answer = await response.json();
    byId("try-status").textContent = `${answer.dimension} dimensions, ${answer.usage.total_tokens} tokens, by ${answer.served_by}`;
    showMatrix(texts, answer.embeddings);
  } catch {
    byId("try-status").textContent = "The server cannot be reached.";
  }
});
byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId("key").value);
  byId("key").value = "";
  follow();
});
byId("sign-out").addEventListener("click", () => {
  following++;
  sessionStorage.removeItem(KEY);
  askForKey("Signed out.");
});
byId("legend").append(...[["ready", "ready"], ["start", "starting or stopping"], ["bad", "unhealthy, or waits to be restarted"], ["gone", "stopped"]]
  .map(([kind, text]) => make("li", { class: kind }, make("span", {}), text)), make("li", {}, make("span", { class: "mark" }), "a crash"));
follow();
