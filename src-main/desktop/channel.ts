/** The channels on which the window's page sends the MessagePorts over which it wants to be served; also the page's words for them. */
export const controlChannel = 'dragoman.control';
export const shellChannel = 'dragoman.shell';
export type Channel = typeof controlChannel | typeof shellChannel;
