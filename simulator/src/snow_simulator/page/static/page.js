// Asks for the page again every two seconds and puts what changed in its place. What somebody is typing stays.
"use strict";

const INTERVAL = 2000;

function busy(part) {
  const typed = [...part.querySelectorAll("textarea")].some((area) => area.value !== "");
  return part.hasAttribute("data-keep") && (typed || part.contains(document.activeElement));
}

function renew(part, fresh) {
  if (!fresh || part.innerHTML === fresh.innerHTML || busy(part)) return;
  const open = [...part.querySelectorAll("details[open] > summary")].map((item) => item.textContent);
  part.innerHTML = fresh.innerHTML;
  for (const summary of part.querySelectorAll("details > summary")) {
    summary.parentElement.open = open.includes(summary.textContent);
  }
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
    document.body.classList.toggle("stale", !answer.ok);
    if (answer.redirected && new URL(answer.url).pathname === "/login") location.reload();
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        renew(part, fresh.querySelector(`[data-live="${part.dataset.live}"]`));
      }
    }
  } catch {
    document.body.classList.add("stale");
  }
  setTimeout(refresh, INTERVAL);
}

setTimeout(refresh, INTERVAL);
