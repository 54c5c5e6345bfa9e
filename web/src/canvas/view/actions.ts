/** What the page around the canvas lends to its parts. */
import { createContext, useContext } from 'react';

interface Actions {
  /** Opens the side panel for what is selected. */
  openPanel(): void;
  /** Nothing may be changed: the person may only look, or an old version is shown. */
  locked: boolean;
}

export const ActionsContext = createContext<Actions>({ openPanel: () => {}, locked: true });
export const useActions = () => useContext(ActionsContext);
