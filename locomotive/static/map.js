// The map in the browser, over the zone's own streets: no tile server, no other host. It is loaded
// when somebody opens it; pages work without it.
const WIDTHS = { motorway: 5, primary: 5, secondary: 4, tertiary: 3.5, street: 2.5, service: 1.5, path: 1 };
const COLOURS = ["#9c3d2b", "#2f6b3c", "#1d5fa8", "#7a4d00", "#6b2f86", "#1f2328"];
const numberOf = (text) => text.replace(",", ".");

document.querySelectorAll("[data-map]").forEach((place) => {
  const button = place.querySelector("[data-open]");
  button.hidden = false;
  button.addEventListener("click", () => open(place, button), { once: true });
});

async function open(place, button) {
  button.disabled = true;
  const maplibre = await import("./maplibre/maplibre-gl.mjs");
  const facts = JSON.parse(place.dataset.map);
  button.parentElement.remove();
  place.querySelectorAll(":scope > svg, :scope > p").forEach((drawn) => drawn.remove());
  const box = document.createElement("div");
  box.className = "map-box";
  place.prepend(box);
  const map = new maplibre.Map({
    container: box,
    style: style(facts),
    center: facts.kitchen,
    zoom: 13,
    attributionControl: false,
    fadeDuration: 0,
  });
  const credit = document.createElement("p");
  credit.className = "small quiet";
  credit.textContent = facts.streets ? `© ${facts.credit}` : "";
  box.after(credit);
  zoomButtons(map, box);
  map.once("load", () => fill(map, maplibre, facts, place));
  place.dispatchEvent(new CustomEvent("map:open", { detail: map }));
}

function style(facts) {
  const layers = [{ id: "paper", type: "background", paint: { "background-color": "#faf6ef" } }];
  const sources = {};
  if (facts.streets) {
    sources.streets = { type: "geojson", data: new URL(facts.streets, location.href).href };
    const areas = { water: "#c4d7e4", wood: "#dbe6d3", park: "#e3ecdb" };
    Object.entries(areas).forEach(([kind, colour]) =>
      layers.push({ id: kind, type: "fill", source: "streets", filter: ["==", ["get", "c"], kind], paint: { "fill-color": colour } }),
    );
    layers.push({ id: "river", type: "line", source: "streets", filter: ["==", ["get", "c"], "river"], paint: { "line-color": "#9fbdd2", "line-width": 2 } });
    Object.entries(WIDTHS).reverse().forEach(([kind, width]) => {
      const grown = ["interpolate", ["exponential", 1.6], ["zoom"], 11, width / 4, 14, width, 18, width * 6];
      const filter = ["==", ["get", "c"], kind];
      const cased = ["interpolate", ["exponential", 1.6], ["zoom"], 11, width / 4 + 0.6, 14, width + 1.6, 18, width * 6 + 2];
      layers.push({ id: `${kind}-edge`, type: "line", source: "streets", filter, paint: { "line-color": "#b9ad99", "line-width": cased } });
      layers.push({ id: kind, type: "line", source: "streets", filter, paint: { "line-color": kind === "path" ? "#b9ad99" : "#ffffff", "line-width": grown } });
    });
    layers.push({ id: "rail", type: "line", source: "streets", filter: ["==", ["get", "c"], "rail"], paint: { "line-color": "#6b6b6b", "line-width": 1.5, "line-dasharray": [4, 3] } });
    layers.push({
      id: "names", type: "symbol", source: "streets", minzoom: 13.5, filter: ["has", "n"],
      layout: { "symbol-placement": "line", "text-field": ["get", "n"], "text-size": 12, "text-font": ["Verdana"] },
      paint: { "text-color": "#1f2328", "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
    });
  }
  return { version: 8, sources, layers };
}

function fill(map, maplibre, facts, place) {
  const collection = (features) => ({ type: "FeatureCollection", features });
  const feature = (type, coordinates, properties = {}) => ({ type: "Feature", properties, geometry: { type, coordinates } });
  if (facts.ring?.length) {
    map.addSource("zone", { type: "geojson", data: feature("LineString", [...facts.ring, facts.ring[0]]) });
    map.addLayer({ id: "zone", type: "line", source: "zone", paint: { "line-color": "#9c3d2b", "line-width": 2, "line-dasharray": [3, 2] } });
  }
  (facts.rounds || []).forEach((round, at) => {
    map.addSource(`round-${at}`, { type: "geojson", data: collection([feature("LineString", round.line)]) });
    map.addLayer({ id: `round-${at}`, type: "line", source: `round-${at}`, layout: { "line-join": "round" }, paint: { "line-color": COLOURS[at % COLOURS.length], "line-width": 4, "line-opacity": 0.85 } });
    round.stops.forEach(([lon, lat, name], number) => pin(map, maplibre, [lon, lat], `${round.number}.${number + 1}`, name, COLOURS[at % COLOURS.length]));
  });
  pin(map, maplibre, facts.kitchen, "⌂", "", "#1f2328");
  (facts.marks || []).forEach(([lon, lat, closed]) => pin(map, maplibre, [lon, lat], closed ? "✕" : "!", "", "#a3161b"));
  const points = (facts.rounds || []).flatMap((round) => round.line);
  if (points.length) {
    const lons = points.map((one) => one[0]);
    const lats = points.map((one) => one[1]);
    map.fitBounds([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]], { padding: 40, animate: false });
  }
  if (place.dataset.pick) pick(map, maplibre, place.dataset.pick.split(" "));
  if (place.dataset.draw) draw(map, document.getElementById(place.dataset.draw));
  place.dataset.ready = "";
}

function pin(map, maplibre, at, text, title, colour) {
  const element = document.createElement("div");
  element.className = "map-pin";
  element.style.backgroundColor = colour;
  element.textContent = text;
  element.title = title;
  return new maplibre.Marker({ element }).setLngLat(at).addTo(map);
}

function pick(map, maplibre, names) {
  const [latitude, longitude] = names.map((name) => document.getElementById(name));
  let marker = null;
  const show = (lng, lat) => {
    marker?.remove();
    marker = pin(map, maplibre, [lng, lat], "●", "", "#9c3d2b");
  };
  if (latitude.value && longitude.value) {
    const at = [Number(numberOf(longitude.value)), Number(numberOf(latitude.value))];
    show(...at);
    map.jumpTo({ center: at, zoom: 16 });
  }
  map.on("click", (event) => {
    latitude.value = event.lngLat.lat.toFixed(6);
    longitude.value = event.lngLat.lng.toFixed(6);
    show(event.lngLat.lng, event.lngLat.lat);
  });
}

function draw(map, field) {
  const corners = () => field.value.split("\n").map((line) => line.trim().split(/\s+/).map((one) => Number(numberOf(one)))).filter((one) => one.length === 2);
  const shape = () => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...corners(), ...corners().slice(0, 1)].map(([lat, lon]) => [lon, lat])] } });
  map.addSource("drawn", { type: "geojson", data: shape() });
  map.addLayer({ id: "drawn", type: "fill", source: "drawn", paint: { "fill-color": "#9c3d2b", "fill-opacity": 0.15 } });
  const show = () => map.getSource("drawn").setData(shape());
  field.addEventListener("input", show);
  map.on("click", (event) => {
    field.value = `${field.value.trim()}\n${event.lngLat.lat.toFixed(5)} ${event.lngLat.lng.toFixed(5)}`.trim();
    show();
  });
}

function zoomButtons(map, box) {
  const row = document.createElement("p");
  row.className = "map-zoom";
  [["+", () => map.zoomIn()], ["−", () => map.zoomOut()]].forEach(([text, act]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-small";
    button.textContent = text;
    button.addEventListener("click", act);
    row.append(button);
  });
  box.append(row);
}
