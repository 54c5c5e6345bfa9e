import { words } from './words';

/** A word in all its languages, as schemas carry their labels. */
export const both = (key: keyof typeof words.en) => ({ en: words.en[key], zh: words.zh[key] });
