/** What browsers withhold from pages that came over plain HTTP, as many inside a company do. */

/** A random id. `crypto.randomUUID` exists only on HTTPS and localhost. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Copies a text; true if it worked. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  // Inside an open dialog, or its focus trap would take the focus back before the copy.
  (document.querySelector('[role=dialog]') ?? document.body).append(area);
  area.select();
  const worked = document.execCommand('copy');
  area.remove();
  return worked;
}
