// A file that was opened from a disk may not use the clipboard everywhere: then the text is marked, ready to be copied.
for (const button of document.querySelectorAll("button[data-from]")) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.from);
    let done = true;
    try {
      await navigator.clipboard.writeText(source.value);
    } catch {
      source.closest("details").open = true;
      source.focus();
      source.select();
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = words; }, 2500);
  });
}
