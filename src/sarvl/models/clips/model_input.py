"""What a model takes, changed: other bands, another size, or tiles of any image; its weights are brought to it."""

from dataclasses import replace

from sarvl.errors import ModelError
from sarvl.imagery import Patches, Tiled
from sarvl.imagery.bands import BandContract
from sarvl.imagery.frames import Frame
from sarvl.models.clips.any_reader import AnyReader
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.clip_with_decoder import ClipWithDecoder, with_decoder_of, without_decoder
from sarvl.models.clips.creation import resized
from sarvl.models.clips.flexible_clip import FlexibleClip
from sarvl.models.clips.reader_options import AttentionReader, Reader
from sarvl.models.clips.writing_clip import WritingClip
from sarvl.models.networks.planes import spread_planes


def with_bands(model: Clip, bands: tuple[BandContract, ...]) -> Clip:
    """Return a model, its network taken over, that takes ``bands``, its first layer brought to as many.

    Raises ModelError for more bands than open_clip's towers have.
    """
    if isinstance(model, FlexibleClip):
        contract = model.contract.model_copy(update={"bands": bands})
        return FlexibleClip.of(with_bands(model.clip(), bands), contract)
    spread_planes(model.network, len(bands))
    model.contract = model.contract.model_copy(update={"bands": bands})
    return model


def with_frame(model: Clip, frame: Frame | None, reader: Reader | None = None) -> Clip:
    """Return a model, its weights taken over, that takes images in ``frame``; none is the frame that it has.

    Where the side is another one, the positions of the image tower are interpolated. Tiles make it an AnyReader, by
    ``reader``, or by an attention reader where none is given; one that is one already keeps its reader. Patches make
    the image tower, a transformer of timm, NaFlex.
    Raises ModelError where the tower takes one size alone, or where the model cannot read tiles.
    """
    frame = frame or model.contract.frame
    if isinstance(frame, Tiled):
        return _any_reader(model, frame, reader)
    if reader:
        raise ModelError(f"{model.name}: a reader reads tiles, not {frame.kind}; give a `frame` of kind tiled")
    clip = _plain(model)
    if isinstance(frame, Patches):
        return _flexible(clip, frame)
    clip = _of_size(clip, frame.size)
    return replace(clip, contract=clip.contract.model_copy(update={"frame": frame}))


def _plain(model: Clip) -> Clip:
    """Return the CLIP of squares in a model that reads tiles or patches."""
    return model.clip() if isinstance(model, AnyReader | FlexibleClip) else model


def _flexible(clip: Clip, frame: Patches) -> FlexibleClip:
    if isinstance(clip, WritingClip):
        raise ModelError(
            f"{clip.name}: what writes captions reads no patches; give a `frame` of kind square, or a CLIP"
        )
    return FlexibleClip.of(clip, clip.contract.model_copy(update={"frame": frame}))


def _of_size(model: Clip, size: int) -> Clip:
    if isinstance(model, ClipWithDecoder) and size != model.square.size:
        return with_decoder_of(model, resized(without_decoder(model), size))
    return resized(model, size)


def _any_reader(model: Clip, frame: Tiled, reader: Reader | None) -> AnyReader:
    if isinstance(model, WritingClip):
        raise ModelError(f"{model.name}: what writes captions reads no tiles; give a `frame` of kind square, or a CLIP")
    contract = model.contract.model_copy(update={"frame": frame})
    if not isinstance(model, AnyReader):
        return AnyReader.of(resized(_plain(model), frame.tile), contract, reader or AttentionReader())
    if reader in (None, model.reader) and frame.tile == model.square.size:
        return replace(model, contract=contract)
    options, state = reader or model.reader, model.reader_module.state_dict()
    made = AnyReader.of(resized(model.clip(), frame.tile), contract, options)
    if options == model.reader:
        made.reader_module.load_state_dict(state)
    return made
