/** What the rest of the form may do with an editor, without loading one. */
export interface EditorHandle {
  /** Puts a text where the cursor is and gives the editor the focus. */
  insert(text: string): void;
}
