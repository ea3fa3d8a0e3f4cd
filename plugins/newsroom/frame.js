document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-airflow]");
  if (!link || window === window.top || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const outer = window.top.document.createElement("a");
  outer.href = link.href;
  window.top.document.body.append(outer);
  outer.click();
  outer.remove();
});
