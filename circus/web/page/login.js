/** The door: it takes the token, from the form or from the fragment of the address, to the server. */

import { dressed } from "./theme.js";

const form = document.getElementById("login");
const input = document.getElementById("token");
const problem = document.getElementById("problem");
const submit = form.querySelector("button");

async function logIn(token) {
  submit.disabled = true;
  problem.textContent = "";
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    if (answer.ok) {
      window.location.reload();
      return;
    }
    const { reason } = await answer.json().catch(() => ({}));
    refuse(reason || `The console answered ${answer.status}.`);
  } catch {
    refuse("The console does not answer.");
  }
}

function refuse(reason) {
  submit.disabled = false;
  problem.textContent = reason;
  input.setAttribute("aria-invalid", "true");
  input.select();
  input.focus();
}

function fromFragment() {
  const { hash } = window.location;
  if (!hash.startsWith("#token=")) return;
  window.history.replaceState(null, "", "/");
  logIn(decodeURIComponent(hash.slice("#token=".length)));
}

dressed();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.value.trim()) logIn(input.value.trim());
});
window.addEventListener("hashchange", fromFragment);
fromFragment();
