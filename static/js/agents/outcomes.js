// Outcomes: found by a few letters, chosen with Enter; what is lacking is led to.

let finishing = false;

export function start() {
  document.addEventListener("input", ({ target }) => {
    if (target.matches("[data-find-outcome]")) filter(target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("[data-find-outcome]")) typed(event);
  });
  document.addEventListener(
    "submit",
    ({ target }) => {
      finishing = target.id === "wrap-up-form";
    },
    true,
  );
  document.addEventListener("panels:painted", painted);
}

/** Go to where outcomes are looked for, or to the outcomes themselves where there are few. */
export function find() {
  const all = document.querySelector("#wrap-up [data-outcomes], [data-outcomes]");
  all?.querySelector("[data-find-outcome], input:checked, input")?.focus();
}

function typed(event) {
  const first = choicesOf(event.target).find((choice) => !choice.hidden);
  if (event.key === "Enter") {
    // Enter in a form of one field would send it.
    event.preventDefault();
    if (first && event.target.value.trim()) choose(first, event.target);
  } else if (event.key === "ArrowDown" && first) {
    event.preventDefault();
    first.querySelector("input").focus();
  } else if (event.key === "Escape") {
    event.target.value = "";
    filter(event.target);
  }
}

function choose(choice, field) {
  const radio = choice.querySelector("input");
  field.value = "";
  filter(field);
  radio.focus();
  // A click on the one that is chosen changes nothing and tells nobody.
  radio.click();
}

function filter(field) {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  const all = field.closest("[data-outcomes]");
  for (const group of all.querySelectorAll("[data-outcome-group]")) {
    const name = group.getAttribute("aria-label") ?? "";
    for (const choice of group.querySelectorAll("[data-outcome-choice]")) {
      const said = plain(`${name} ${choice.textContent}`);
      choice.hidden = !words.every((word) => said.includes(word));
    }
    group.hidden = !group.querySelector("[data-outcome-choice]:not([hidden])");
  }
  all.querySelector("[data-no-outcome]").hidden = choicesOf(field).some((choice) => !choice.hidden);
}

function choicesOf(field) {
  return [...field.closest("[data-outcomes]").querySelectorAll("[data-outcome-choice]")];
}

/** Letters without accents, all small: "Réglé" is found by "regle". */
function plain(words) {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function painted() {
  for (const field of document.querySelectorAll("[data-find-outcome]")) {
    if (field.value) filter(field);
  }
  const form = document.getElementById("wrap-up-form");
  if (!form) finishing = false;
  // Other panels may be painted before the answer comes; a refusal is said at the top.
  if (!finishing || document.getElementById("notice").hidden) return;
  finishing = false;
  const field = [...form.querySelectorAll(".field")].find(isLacking);
  field?.querySelector("[data-find-outcome], input, select")?.focus();
}

function isLacking(field) {
  if (field.querySelector(".error")) return true;
  if (!field.matches("[data-needed]")) return false;
  if (field.matches("[data-outcomes]")) return !field.querySelector("input:checked");
  const input = field.querySelector("input, select");
  return input.type === "checkbox" ? !input.checked : !input.value.trim();
}
