/** What this person chose on this device: language, theme, folded rail. Kept in localStorage. */
import { create } from 'zustand';
import type { Language } from './format';

export type Theme = 'light' | 'dark';

interface Preferences {
  language: Language;
  theme: Theme;
  folded: boolean;
  setLanguage(language: Language): void;
  setTheme(theme: Theme): void;
  setFolded(folded: boolean): void;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(`atoll.${key}`);
  } catch {
    return null; // storage may be forbidden; the choice then lasts for the page
  }
}

function keep(key: string, value: string) {
  try {
    localStorage.setItem(`atoll.${key}`, value);
  } catch {
    // see read
  }
}

const root = document.documentElement;

export const usePreferences = create<Preferences>((set) => ({
  // public/theme.js has put language and theme on the root element already.
  language: root.lang.startsWith('zh') ? 'zh' : 'en',
  theme: root.dataset.theme === 'dark' ? 'dark' : 'light',
  folded: read('folded') === '1',
  setLanguage: (language) => {
    keep('language', language);
    root.lang = language === 'zh' ? 'zh-CN' : 'en';
    set({ language });
  },
  setTheme: (theme) => {
    keep('theme', theme);
    root.dataset.theme = theme;
    set({ theme });
  },
  setFolded: (folded) => {
    keep('folded', folded ? '1' : '0');
    set({ folded });
  },
}));

export const hasChosenLanguage = () => read('language') !== null;
