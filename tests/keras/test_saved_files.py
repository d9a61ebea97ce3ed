"""Models and data in files, which may come from anyone: what they give, and one line for all that is wrong."""

import json
import pickle
import struct
import zipfile

import numpy as np
import pytest

from figures.style.quantities import loss_label
from landscape.base import checks
from landscape.keras.files.data_file import KNOWN, DataSet, read_data
from landscape.keras.files.saved_model import require_metrics, saved_objective, tensorflow_errors
from landscape.keras.model_objective import keras

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

X, Y = np.random.default_rng(0).normal(size=(40, 2)).astype("float32"), np.arange(40) % 3


def small_model(loss="sparse_categorical_crossentropy", *extra, head="softmax"):
    layers = [keras.layers.Input((2,)), *extra, keras.layers.Dense(3, head)]
    model = keras.Sequential(layers, name="small")
    if loss is not None:
        model.compile("sgd", loss)
    return model


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of models."""
    folder = tmp_path_factory.mktemp("models")
    model = small_model()
    model.save(folder / "good.keras")
    whole = (folder / "good.keras").read_bytes()
    (folder / "cut.keras").write_bytes(whole[:2000])
    (folder / "text.keras").write_text("hello")
    (folder / "pickle.keras").write_bytes(pickle.dumps({"layers": 1}))
    (folder / "renamed.zip").write_bytes(whole)
    (folder / "old.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    (folder / "folder.keras").mkdir()
    np.savez(folder / "data.npz", x=X)
    (folder / "data.npz").rename(folder / "data.keras")
    small_model(None).save(folder / "bare.keras")
    small_model("mse", keras.layers.Lambda(lambda x: 2 * x, name="twice")).save(folder / "lambda.keras")
    frozen = small_model()
    frozen.trainable = False
    frozen.save(folder / "frozen.keras")
    with keras.saving.custom_object_scope({}):

        @keras.saving.register_keras_serializable(package="mine")
        class Own(keras.layers.Dense):
            pass

        small_model("mse", Own(2)).save(folder / "own.keras")

    def own_loss(y, outputs):
        return keras.ops.mean((y - outputs) ** 2)

    small_model(own_loss).save(folder / "own_loss.keras")
    _with_config(whole, folder / "module.keras", lambda config: config | {"module": "os.path", "class_name": "join"})
    _with_config(whole, folder / "list.keras", lambda _: [1])
    return folder


def _with_config(whole, path, change):
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = json.dumps(change(json.loads(parts["config.json"]))).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_saved_model_is_the_objective_of_the_model(files):
    objective = saved_objective(files / "good.keras", DataSet(X, Y, None))
    model = keras.saving.load_model(files / "good.keras")
    np.testing.assert_allclose(objective.loss(objective.theta), model.evaluate(X, Y, verbose=0), rtol=1e-6)
    assert json.loads(objective.describe())["loss"] == "sparse_categorical_crossentropy"


def test_penalties_are_part_of_what_the_loss_is_called(files):
    penalized = keras.layers.Dense(2, kernel_regularizer="l2")
    small_model("sparse_categorical_crossentropy", penalized).save(files / "penalized.keras")
    objective = saved_objective(files / "penalized.keras", DataSet(X, Y, None))
    assert loss_label({"objective": objective.describe()}) == "cross-entropy, with penalties"


def test_logits(files):
    small_model(None, head=None).save(files / "logits.keras")
    objective = saved_objective(
        files / "logits.keras", DataSet(X, Y, None), "sparse_categorical_crossentropy", from_logits=True
    )
    logits = keras.saving.load_model(files / "logits.keras")(X).numpy()
    expected = np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(40), Y])
    np.testing.assert_allclose(objective.loss(objective.theta), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("none.keras", OSError, "{} does not exist; check its name and folder"),
        ("folder.keras", OSError, "{} is a folder, not a file; check its name and folder"),
        ("cut.keras", OSError, "{} is damaged or not a Keras model; save it again with model.save"),
        ("text.keras", OSError, "{} is damaged or not a Keras model; save it again with model.save"),
        ("pickle.keras", OSError, "{} is damaged or not a Keras model; save it again with model.save"),
        ("data.keras", ValueError, "{} holds no Keras model, but other files; give a file that model.save wrote"),
        ("list.keras", ValueError, "{} holds no Keras model, but other files; give a file that model.save wrote"),
        ("old.h5", ValueError, "{} is an HDF5 file; save the model in Keras' own format: model.save('name.keras')"),
        ("renamed.zip", ValueError, "{} must be a model saved by Keras 3, with a name that ends in .keras"),
        (
            "bare.keras",
            ValueError,
            "{} was saved without a loss; name one with loss, such as sparse_categorical_crossentropy",
        ),
        (
            "frozen.keras",
            ValueError,
            "{} has no trainable weights; set trainable = True on some layers, and save it again",
        ),
        (
            "lambda.keras",
            ValueError,
            "{}: layer 'twice' is a Lambda with Python code in the file, which is never run; ",
        ),
        ("own.keras", ValueError, "{} needs 'Own', which is not part of Keras; load it in Python, from a source that "),
        ("own_loss.keras", ValueError, "{} needs 'own_loss', which is not part of Keras; load it in Python, from a "),
        ("module.keras", ValueError, "{} needs 'join', which is not part of Keras; load it in Python, from a source "),
    ],
)
def test_models_that_are_refused(files, name, kind, says):
    with pytest.raises(kind) as error:
        saved_objective(files / name, DataSet(X, Y, None))
    assert str(error.value).startswith(says.format(files / name))
    assert "\n" not in str(error.value)


def test_another_loss_makes_that_of_the_file_unnecessary(files):
    data = DataSet(X, Y, None)
    objective = saved_objective(files / "own_loss.keras", data, "sparse_categorical_crossentropy")
    assert json.loads(objective.describe())["loss"] == "sparse_categorical_crossentropy"
    with pytest.raises(ValueError, match="loss must be the name of a Keras loss, such as 'mse'; got 'bogus'"):
        saved_objective(files / "good.keras", data, "bogus")
    with pytest.raises(ValueError, match=r"from_logits is for the losses binary_crossentropy, .*; got none"):
        saved_objective(files / "good.keras", data, from_logits=True)


def test_data_and_metrics_that_do_not_fit(files):
    objective = saved_objective(files / "good.keras", DataSet(X, Y, None))
    require_metrics(objective, ["accuracy"])
    with pytest.raises(ValueError, match="metric 'foo' cannot be computed: Could not interpret metric identifier: foo"):
        require_metrics(objective, ["foo"])
    late = np.where(np.arange(40) == 39, 7, Y)  # in the second batch
    objective = saved_objective(files / "good.keras", DataSet(X, late, None))
    with (
        pytest.raises(ValueError, match=r"the loss cannot be computed: Received a label value of 7 which is outside"),
        tensorflow_errors(),
    ):
        objective.loss(objective.theta)


def test_a_model_that_declares_too_much(files, monkeypatch):
    monkeypatch.setattr(checks.memory, "__kwdefaults__", {"limit": 1000})
    with pytest.raises(
        ValueError, match=r"good.keras would take .* GiB, over the limit of .* GiB; use a smaller model"
    ):
        saved_objective(files / "good.keras", DataSet(X, Y, None))


@pytest.mark.parametrize(
    ("arrays", "samples"),
    [({"x": X, "y": Y}, 40), ({"x_0": X, "x_1": X, "y": Y}, 40), ({"x": X, "y_0": Y, "y_1": Y}, 40)],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_data(tmp_path, arrays, samples, save):
    save(tmp_path / "d.npz", **arrays, sample_weight=np.ones(40))
    found = read_data(tmp_path / "d.npz")
    assert found.samples == samples
    for name, part in (("x", found.x), ("y", found.y)):
        given = [value for key, value in arrays.items() if key.startswith(name)]
        np.testing.assert_array_equal(part, given if isinstance(part, list) else given[0])
    np.testing.assert_array_equal(found.sample_weight, np.ones(40))


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"x_train": X, "y_train": Y}, f": must have {KNOWN}; got x_train, y_train, rename them"),
        ({"x": X}, f": must have {KNOWN}; got x, rename them"),
        ({"x": X, "y": Y, "z": Y}, f": must have {KNOWN}; got z, x, y, rename them"),
        ({"x_0": X, "x_2": X, "y": Y}, f": must have {KNOWN}; got x_2, x, y, rename them"),
        ({}, f": must have {KNOWN}; got none, rename them"),
        ({"x": X[:0], "y": Y[:0]}, ": x must have at least one sample; got shape (0, 2)"),
        ({"x": X, "y": 3}, ": y must have at least one sample; got shape ()"),
        ({"x": np.array([{}], object), "y": Y}, ": x must hold numbers or text; got pickled objects, which are never "),
        ({"x": X * 1j, "y": Y}, ": x must hold numbers or text; got dtype complex64"),
        ({"x": X, "y": np.zeros(3, "M8[s]")}, ": y must hold numbers or text; got dtype datetime64[s]"),
    ],
)
def test_arrays_that_are_refused(tmp_path, arrays, says):
    path = tmp_path / "d.npz"
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="must") as error:
        read_data(path)
    assert str(error.value).replace(f"{path} ", f"{path}: ").startswith(f"{path}{says}")


def _header(path, shape):
    """Let the header of x claim another shape."""
    array = np.zeros(40, "u1")
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("x", "y"):
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array_header_1_0(
                    file, {"descr": "|u1", "fortran_order": False, "shape": shape if name == "x" else (40,)}
                )
                file.write(array.tobytes())


@pytest.mark.parametrize("damage", ["cut", "text", "flipped", "claims more", "claims less", "no array", "link"])
def test_damaged_data(tmp_path, damage):
    path = tmp_path / "d.npz"
    np.savez(path, x=X, y=Y)
    whole = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(whole[:300])
        case "text":
            path.write_text("x,y\n1,2\n")
        case "flipped":
            at = whole.index(X.tobytes())
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        case "claims more":
            _header(path, (10**12,))
        case "claims less":
            _header(path, (4,))
        case "no array":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("x.npy", b"hello")
        case "link":
            path.unlink()
            path.symlink_to(tmp_path / "gone")
    expected = "does not exist" if damage == "link" else "is damaged or not a .npz file"
    with pytest.raises(OSError, match=expected) as error:
        read_data(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_data_that_would_take_too_much_memory_is_refused_by_its_directory(tmp_path):
    path = tmp_path / "d.npz"
    np.savez_compressed(path, x=np.zeros(2**16, "u1"), y=Y)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)  # the size of x, uncompressed
    at = data.index(b"PK\x01\x02", at + 1)
    data[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"d.npz would take 8.0 GiB, over the limit of 4 GiB; use fewer samples"):
        read_data(path)
