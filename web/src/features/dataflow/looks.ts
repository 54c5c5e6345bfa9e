/** How a line and a verdict look: in the picture, its legend and the table alike. */
import { ShieldCheck, ShieldX } from 'lucide-react';

export const STROKE = { no: 'stroke-line-strong', allowed: 'stroke-ok', denied: 'stroke-bad' };

export const VERDICTS = {
  allowed: { icon: ShieldCheck, color: 'text-ok', border: 'border-ok' },
  denied: { icon: ShieldX, color: 'text-bad', border: 'border-bad' },
};
