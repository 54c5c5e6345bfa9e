/** How much of a card is drawn, by zoom. From afar a card is one block in its state's colour and has no ports at all:
 * nothing is measured, so lines keep their places, and 500 nodes in view are 500 elements. */
import { createContext, useContext } from 'react';

export type Detail = 'near' | 'mid' | 'far';

export const detailOf = (zoom: number): Detail => (zoom >= 0.55 ? 'near' : zoom >= 0.28 ? 'mid' : 'far');

export const DetailContext = createContext<Detail>('near');
export const useDetail = () => useContext(DetailContext);
