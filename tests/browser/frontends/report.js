// Waits until every image of the page that is meant to load has loaded, and until nothing has
// changed for a while, and tells this page's host what each shows and where.
const QUIET = 400;

function shown() {
  return [...document.querySelectorAll("img")].map((image) => {
    const { left, top, width, height } = image.getBoundingClientRect();
    return {
      name: image.closest("[data-name]").dataset.name,
      src: image.currentSrc,
      natural: [image.naturalWidth, image.naturalHeight],
      box: [left, top, width, height],
    };
  });
}

/** The images that were asked for, placeholders among them. */
function requests() {
  const names = performance.getEntriesByType("resource").map((entry) => entry.name);
  return names.filter((name) => name.includes("/image/"));
}

function send(report) {
  return fetch("report", { method: "POST", body: JSON.stringify(report) });
}

export async function reportWhenQuiet(expected) {
  let before = "";
  for (let waited = 0; waited < 30000; waited += QUIET) {
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    const now = JSON.stringify(shown());
    if (now === before && shown().filter(({ natural }) => natural[0] > 1).length >= expected) break;
    before = now;
  }
  await send({ images: shown(), requests: requests(), ratio: devicePixelRatio });
}

window.addEventListener("error", (event) => event.message && send({ failure: event.message }));
