// Which GPU each worker gets: the devices in turn, first for the slots of all programs that predict, then for those that train.

/** For each slot of a pool its device; empty: the workers see all devices. */
export interface SlotDevices {
  readonly predict: readonly string[];
  readonly train: readonly string[];
}

interface Pools {
  readonly predict: number;
  readonly train: number;
  readonly shared: boolean;
  readonly devices: readonly string[];
}

/** Returns the devices of the program with this index, of so many. */
export function slotDevices({ predict, train, shared, devices }: Pools, index: number, programs: number): SlotDevices {
  const from = (first: number, count: number) =>
    devices.length === 0
      ? []
      : Array.from({ length: count }, (_, i) => devices[(first + i) % devices.length] as string);
  return {
    predict: from(index * predict, predict),
    train: shared ? [] : from(programs * predict + index * train, train),
  };
}

/** Throws a TypeError. */
export function checkDevices(devices: unknown): void {
  const isValid = Array.isArray(devices) && devices.every((one) => typeof one === "string" && /^[^\s]+$/.test(one));
  if (!isValid)
    throw new TypeError('workers: devices must be texts such as "0", for CUDA_VISIBLE_DEVICES of one worker.');
}
