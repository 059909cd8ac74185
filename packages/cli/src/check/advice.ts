// What an author does about a finding, in the words of the language of the model.

export interface Advice {
  readonly getPredictArgs: string;
  readonly getTrainArgs: string;
  /** How a model refuses what its fields allow. */
  readonly refusal: string;
  readonly latePredict: string;
  readonly lateTraining: string;
  readonly progress: string;
}

export const nodeAdvice: Advice = {
  getPredictArgs: "getPredictArgs",
  getTrainArgs: "getTrainArgs",
  refusal: "wrong input is a DeepaasError invalid_args",
  latePredict: "stop when call.signal is aborted",
  lateTraining: "look at run.signal in the loop, and throw run.signal.reason",
  progress: "call run.report, so that whoever waits sees how far it is",
};

export const pythonAdvice: Advice = {
  getPredictArgs: "get_predict_args",
  getTrainArgs: "get_train_args",
  refusal: 'wrong input is an exception with a status, such as HTTPBadRequest(reason="…") of aiohttp',
  latePredict: "let KeyboardInterrupt end it",
  lateTraining: "let KeyboardInterrupt end it, or look at current_run().stopping in the loop",
  progress: "call current_run().report of deepaas_run, so that whoever waits sees how far it is",
};
