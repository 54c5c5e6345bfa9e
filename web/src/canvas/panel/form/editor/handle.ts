/** What the rest of the form may do with an editor, without loading one. */
export interface EditorHandle {
  /** Puts a name where the cursor is, as the language writes it, and gives the editor the focus. */
  insert(name: string): void;
}
