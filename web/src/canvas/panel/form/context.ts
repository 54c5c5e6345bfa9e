/** What the fields of one node's form need from around them. */
import { createContext, type FC, useContext } from 'react';
import type { FaultLine } from '@/runs/debug/faultLine';
import type { FieldSpec, Schema } from './schema';

/** A name that templates of the node may use. */
export interface ScopeName {
  name: string;
  type: string;
  /** Id and title of the node that gives it; both empty for what the system gives. */
  from: string;
  title: string;
}

/** Ties a control to its label, help and error. */
export interface Control {
  id: string;
  'aria-labelledby': string;
  'aria-label'?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
  'aria-required'?: true;
  disabled?: boolean;
}

export interface WidgetProps {
  spec: FieldSpec;
  /** The whole schema, for references. */
  root: Schema;
  value: unknown;
  /** Undefined takes the setting out. */
  onChange(value: unknown): void;
  /** From the configuration's root. */
  pointer: string;
  control: Control;
  /** The field's label as read. */
  label: string;
}

export interface Widget {
  Component: FC<WidgetProps>;
  /** Drawn beside its label rather than under it. */
  beside?: boolean;
  /** Made of several controls: its label names a group. */
  composite?: boolean;
  /** It shows the errors of what is inside it itself. */
  nested?: boolean;
  /** Whether it can show this value; absent means all of them. */
  takes?(value: unknown, spec: FieldSpec, root: Schema): boolean;
}

/** Where people are sent: a field and everything folded around it opens. A new object for every time. */
export interface Reveal {
  pointer: string;
}

/** The workspace's named secrets, as far as whoever looks may see them. */
export interface Secrets {
  names: readonly string[];
  mayAdd: boolean;
}

export interface FormContext {
  widgetFor(name: string): Widget | undefined;
  readOnly: boolean;
  scope: readonly ScopeName[];
  /** For the fields that may hold one. */
  secrets?: Secrets | null;
  /** Names that the node takes though nothing is connected to them yet. */
  inputs: readonly string[];
  /** Port types to choose from. */
  types: readonly string[];
  /** The value that a name had in the run that is shown. */
  sample(name: string): unknown;
  /** Sentences about a field, by its pointer. */
  errors: ReadonlyMap<string, readonly string[]>;
  reveal: Reveal | null;
  /** Where the node's code failed when it ran last. */
  fault?: FaultLine | null;
  /** Opens a graph that is kept inside a setting. */
  onOpenInside?(field: string): void;
}

/** A form of a node that has nothing around it. */
export const ALONE: FormContext = {
  widgetFor: () => undefined,
  readOnly: false,
  scope: [],
  inputs: [],
  types: [],
  sample: () => undefined,
  errors: new Map(),
  reveal: null,
};

export const Form = createContext(ALONE);

export const useForm = () => useContext(Form);

export const isInside = (pointer: string, around: string) => pointer === around || pointer.startsWith(`${around}/`);
