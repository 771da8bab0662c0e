/* The chosen colours, before anything is painted: otherwise the page would flash in the other ones.
   The choice itself is made in theme.js. */
try {
  const theme = localStorage.getItem("circus-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // a browser may forbid storing; then the system's colours stay
}
