package dev.faregate.providers;

/// A call over the network, whatever it says: what is the same in every format.
abstract class SentCall implements ProviderCall {
    final UpstreamCall call;

    SentCall(UpstreamCall call) {
        this.call = call;
    }

    @Override
    public void cancel() {
        call.cancel();
    }

    @Override
    public void pause() {
        call.pauseReading();
    }

    @Override
    public void resume() {
        call.resumeReading();
    }

    @Override
    public void progress() {
        call.noteProgress();
    }
}
