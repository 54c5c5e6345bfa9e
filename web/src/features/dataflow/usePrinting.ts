/** Paper is white, and nobody scrolls on it: whatever the theme, a page is printed in light colours, and knows that it is. */
import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const root = document.documentElement;
    let shown: string | undefined;
    const before = () => {
      shown = root.dataset.theme;
      root.dataset.theme = 'light';
      flushSync(() => setPrinting(true)); // the browser takes the page as it is when this returns
    };
    const after = () => {
      if (shown) root.dataset.theme = shown;
      setPrinting(false);
    };
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  return printing;
}
