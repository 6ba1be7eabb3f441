// Files that the page hands to the browser.

/** save hands text to the browser as a file. */
export function save(name: string, type: string, body: BlobPart): void {
  const url = URL.createObjectURL(new Blob([body], { type }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name.replace(/[^\w.-]+/g, "-").slice(0, 120);
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
