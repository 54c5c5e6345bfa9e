/** Stands for react-style-singleton, which writes <style> elements; the CSP allows sheets that a script makes, not those. */
import { useEffect } from 'react';

/** A component that puts its styles on the page while it is there. */
export function styleSingleton() {
  let sheet: CSSStyleSheet | null = null;
  let users = 0;
  return function Sheet({ styles, dynamic }: { styles: string; dynamic?: boolean }) {
    // biome-ignore lint/correctness/useExhaustiveDependencies: without `dynamic` the first styles stay
    useEffect(() => {
      if (users++ === 0) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      }
      return () => {
        if (--users === 0) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
      };
    }, [styles && dynamic]);
    return null;
  };
}
