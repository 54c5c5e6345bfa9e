import { dictionary, useT } from './index';
import en from './terms.en.json';
import zh from './terms.zh.json';

/** Words for what the product names itself: statuses, roles, levels. Apart from `common`: the first screen needs none. */
export const terms = dictionary(zh, en);
export const useTerms = () => useT(terms);
