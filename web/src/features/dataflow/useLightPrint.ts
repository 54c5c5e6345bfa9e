/** Paper is white: whatever the theme, the page is printed in light colours. */
import { useEffect } from 'react';

export function useLightPrint(): void {
  useEffect(() => {
    const root = document.documentElement;
    let shown: string | undefined;
    const before = () => {
      shown = root.dataset.theme;
      root.dataset.theme = 'light';
    };
    const after = () => {
      if (shown) root.dataset.theme = shown;
    };
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
}
