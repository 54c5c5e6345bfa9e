/** Says what a control is. Never the only place where something is said: touch has no hover.
 *
 * Our own rather than a library's: every page has some before anything else is on it, and this is a twentieth of the size.
 */
import {
  cloneElement,
  type FocusEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
import { cn } from '@/lib/cn';
import { type Side, tipPlace } from './tip-place';

const WAIT = 400;
/** After one was shown, the next comes at once; and there is time to move the pointer onto it. */
const GRACE = 200;

interface Handlers {
  'aria-label'?: string;
  'aria-describedby'?: string;
  onPointerEnter?(event: PointerEvent): void;
  onPointerLeave?(event: PointerEvent): void;
  onPointerDown?(event: PointerEvent): void;
  onFocus?(event: FocusEvent): void;
  onBlur?(event: FocusEvent): void;
}

interface Props {
  text: ReactNode;
  shortcut?: string;
  side?: Side;
  /** A light box for several lines, rather than a dark label. */
  box?: boolean;
  children: ReactElement;
}

let lastHidden = 0;

export function Tooltip({ text, shortcut, side = 'bottom', box, children }: Props) {
  const id = useId();
  const [anchor, setAnchor] = useState<Element | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const child = children as ReactElement<Handlers>;
  const { props } = child;
  const later = (act: () => void, ms: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(act, ms);
  };
  const hide = () => {
    clearTimeout(timer.current);
    if (anchor) lastHidden = Date.now();
    setAnchor(null);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const own: Handlers = {
    onPointerEnter: (event) => {
      props.onPointerEnter?.(event);
      const target = event.currentTarget;
      if (event.pointerType !== 'touch') later(() => setAnchor(target), Date.now() - lastHidden < GRACE ? 0 : WAIT);
    },
    onPointerLeave: (event) => {
      props.onPointerLeave?.(event);
      later(hide, anchor ? GRACE : 0);
    },
    onPointerDown: (event) => {
      props.onPointerDown?.(event);
      hide();
    },
    onFocus: (event) => {
      props.onFocus?.(event);
      // Where a click brought the focus, the pointer says what is needed.
      if (event.currentTarget.matches(':focus-visible')) setAnchor(event.currentTarget);
    },
    onBlur: (event) => {
      props.onBlur?.(event);
      hide();
    },
  };
  // What a control is called already is not said twice.
  if (anchor && props['aria-label'] !== text) own['aria-describedby'] = id;
  return (
    <>
      {cloneElement(child, own)}
      {anchor && (
        <Tip
          id={id}
          anchor={anchor}
          side={side}
          box={box}
          onHide={hide}
          onEnter={() => clearTimeout(timer.current)}
          onLeave={() => later(hide, GRACE)}
        >
          {text}
          {shortcut && <kbd className="font-mono text-xs opacity-70">{shortcut}</kbd>}
        </Tip>
      )}
    </>
  );
}

interface TipProps {
  id: string;
  anchor: Element;
  side: Side;
  box?: boolean;
  onHide(): void;
  onEnter(): void;
  onLeave(): void;
  children: ReactNode;
}

function Tip({ id, anchor, side, box, onHide, onEnter, onLeave, children }: TipProps) {
  const tip = useRef<HTMLDivElement>(null);
  usePlace(tip, anchor, side);
  const latest = useRef(onHide);
  latest.current = onHide;
  useEffect(() => {
    const away = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || event.key === 'Escape') latest.current();
    };
    addEventListener('keydown', away, true);
    addEventListener('scroll', away, true);
    addEventListener('resize', away);
    return () => {
      removeEventListener('keydown', away, true);
      removeEventListener('scroll', away, true);
      removeEventListener('resize', away);
    };
  }, []);
  return createPortal(
    <div
      ref={tip}
      id={id}
      role="tooltip"
      onPointerEnter={onEnter}
      onPointerLeave={onLeave}
      className={cn(
        'enter-fade pointer-events-auto fixed top-0 left-0 z-60 w-max rounded-md text-sm shadow-raised',
        box
          ? 'max-w-80 border border-line bg-surface px-3 py-2 text-ink'
          : 'flex max-w-72 items-center gap-2 bg-ink px-2 py-1 text-surface',
      )}
    >
      {children}
    </div>,
    document.body,
  );
}

function usePlace(tip: RefObject<HTMLElement | null>, anchor: Element, side: Side) {
  useLayoutEffect(() => {
    const box = tip.current;
    if (!box) return;
    const { left, top } = tipPlace(anchor.getBoundingClientRect(), box.getBoundingClientRect(), side, {
      width: innerWidth,
      height: innerHeight,
    });
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
  });
}
