/** The channel on which the window's page sends the MessagePort over which it wants to be served; also the page's word for it. */
export const controlChannel = 'dragoman.control';
