/** The training worker's entry: a trainer behind Comlink, so that the page never waits for training. */
import * as Comlink from 'comlink';
import { Trainer } from './trainer';

Comlink.expose(new Trainer());
