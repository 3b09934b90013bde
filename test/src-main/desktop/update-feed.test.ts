import { expect, it } from 'vitest';
import { readUpdateFeed } from '../../../src-main/desktop/update-feed.ts';

it('a feed on GitHub leads to the page of the latest release', () => {
  const text = 'provider: github\nowner: someone\nrepo: their-fork\nupdaterCacheDirName: dragoman-updater\n';
  expect(readUpdateFeed(text)).toEqual({ page: 'https://github.com/someone/their-fork/releases/latest' });
});

it('another feed leads to its own address', () => {
  expect(readUpdateFeed("provider: generic\r\nurl: 'https://example.org/dragoman'\r\n")).toEqual({
    page: 'https://example.org/dragoman',
  });
});

it('a feed that says nothing of the kind leads nowhere', () => {
  expect(readUpdateFeed('provider: s3\nbucket: x\n')).toEqual({ page: null });
});
