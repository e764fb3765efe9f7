// Uploads two photos of this page's own host to the service named in the query, without any
// credentials, shows their tags and the delivered images, and reports to this host what is shown.
const query = new URLSearchParams(location.search);
const endpoint = `${query.get("api")}/image/upload`;
const CHUNK = 6000000;

function form(file, name, preset) {
  const data = new FormData();
  data.append("upload_preset", preset);
  data.append("tags", "browser");
  data.append("file", file, name);
  return data;
}

async function uploadWhole(photo) {
  const reply = await fetch(endpoint, {
    method: "POST",
    body: form(photo, "turtles.jpg", query.get("preset")),
    headers: { "X-Requested-With": "XMLHttpRequest" },
  });
  return reply.json();
}

async function uploadInChunks(photo) {
  const id = crypto.randomUUID();
  const answers = [];
  for (let start = 0; start < photo.size; start += CHUNK) {
    const end = Math.min(start + CHUNK, photo.size);
    const reply = await fetch(endpoint, {
      method: "POST",
      body: form(photo.slice(start, end), "large.bmp", query.get("preset")),
      headers: {
        "Content-Range": `bytes ${start}-${end - 1}/${photo.size}`,
        "X-Unique-Upload-Id": id,
      },
    });
    answers.push(await reply.json());
  }
  return answers;
}

async function uploadRefused(photo) {
  const reply = await fetch(endpoint, {
    method: "POST",
    body: form(photo, "turtles.jpg", "no-such-preset"),
  });
  const { error } = await reply.json();
  return {
    status: reply.status,
    message: error.message,
    header: reply.headers.get("X-Cld-Error"),
    requestId: reply.headers.get("X-Request-Id"),
  };
}

async function show(id, result) {
  if (result.error) {
    throw new Error(result.error.message);
  }
  const section = document.getElementById(id);
  for (const tag of result.tags) {
    const item = document.createElement("li");
    item.textContent = tag;
    section.querySelector("ul").append(item);
  }
  const image = section.querySelector("img");
  image.src = result.secure_url;
  await image.decode();
}

function shown(id) {
  const section = document.getElementById(id);
  const image = section.querySelector("img");
  return {
    tags: Array.from(section.querySelectorAll("li"), (item) => item.textContent),
    width: image.naturalWidth,
    height: image.naturalHeight,
  };
}

async function load(name) {
  return (await fetch(name)).blob();
}

async function main() {
  const photo = await load("turtles.jpg");
  const whole = await uploadWhole(photo);
  await show("whole", whole);
  const answers = await uploadInChunks(await load("large.bmp"));
  await show("chunked", answers.at(-1));
  const refusal = await uploadRefused(photo);
  document.getElementById("refusal").textContent = refusal.message;
  return {
    origin: location.origin,
    whole: { result: whole, shown: shown("whole") },
    chunked: { answers, shown: shown("chunked") },
    refusal,
    text: document.body.innerText,
  };
}

main()
  .catch((error) => ({ failure: String(error && error.stack ? error.stack : error) }))
  .then((report) => fetch("report", { method: "POST", body: JSON.stringify(report) }));
