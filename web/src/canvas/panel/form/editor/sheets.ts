/** The editor writes its styles into a <style> element; the CSP allows sheets that a script makes, not those. */
import { StyleModule } from 'style-mod'; // of @codemirror/view

const mount = StyleModule.mount;

/** It makes such a sheet where a root has no head, as in a shadow tree. */
const root = {
  ownerDocument: document,
  get adoptedStyleSheets() {
    return document.adoptedStyleSheets;
  },
  set adoptedStyleSheets(sheets: CSSStyleSheet[]) {
    document.adoptedStyleSheets = sheets;
  },
} as unknown as ShadowRoot;

StyleModule.mount = (at, modules) => mount(at === document && 'adoptedStyleSheets' in document ? root : at, modules);
