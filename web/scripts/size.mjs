// Prints, for each route, the gzip size of all JavaScript a first visit loads, and fails over a budget.
// Of ../dist, or of the folder that is named.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGETS = { SignInPage: 120, SetupPage: 120, DesignRoute: 260 };
const OTHERS = 200;
const CSS = 40;

const dist = new URL(`${process.argv[2] ?? '../dist'}/`, import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const gzip = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

function closure(keys, seen = new Set()) {
  for (const key of keys) {
    if (seen.has(key)) continue;
    seen.add(key);
    closure(manifest[key].imports ?? [], seen);
  }
  return seen;
}

const kB = (bytes) => (bytes / 1000).toFixed(1).padStart(7);
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shell = Object.keys(manifest).find((key) => key.endsWith('routes/Shell.tsx'));
const routes = Object.keys(manifest).filter(
  (key) => /(Page|DesignRoute)\.tsx$/.test(key) && manifest[key].isDynamicEntry,
);
let over = 0;

for (const route of routes.sort()) {
  const name = route.match(/(\w+)\.tsx$/)[1];
  const alone = name === 'SignInPage' || name === 'SetupPage';
  const files = [...closure(alone ? [entry, route] : [entry, shell, route])].map((key) => manifest[key].file);
  const size = files.filter((file) => file.endsWith('.js')).reduce((sum, file) => sum + gzip(file), 0);
  const budget = (BUDGETS[name] ?? OTHERS) * 1000;
  if (size > budget) over += 1;
  console.log(`${kB(size)} kB of ${kB(budget)}  ${name}${size > budget ? '  OVER BUDGET' : ''}`);
}

const css = readdirSync(new URL('assets/', dist)).filter((file) => file.endsWith('.css'));
const cssSize = css.reduce((sum, file) => sum + gzip(`assets/${file}`), 0);
if (cssSize > CSS * 1000) over += 1;
console.log(`${kB(cssSize)} kB of ${kB(CSS * 1000)}  CSS`);
if (over) process.exit(1);
