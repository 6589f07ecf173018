! From Fortran: folds an antibody (or, with an alignment, any protein) and designs a sequence for what came out.
! SPDX-License-Identifier: MIT
!
! fold_and_design MODEL SEQUENCE [ALIGNMENT|-] [DESIGN-MODEL] [FOLDER-OF-TEMPLATES]
program fold_and_design
  use, intrinsic :: iso_c_binding
  use pleat
  implicit none
  type(c_ptr) :: context, model, query(1), result(1), msa
  real(c_float), pointer :: positions(:, :, :), plddt(:), errors(:, :)
  type(pleat_plan) :: plan
  msa = c_null_ptr
  if (pleat_context_create(context) /= pleat_ok) stop "out of memory"
  call pleat_context_set_threads(context, 2)
  call check(pleat_model_open(context, argument(1), model))
  call check(pleat_query_create(context, "from_fortran", argument(2), query(1)))
  if (argument(3) == "-") call check(pleat_query_set_msa(query(1), c_null_ptr))
  if (len(argument(3)) > 1) then
    call check(pleat_msa_read(context, argument(3), msa))
    call check(pleat_query_set_msa(query(1), msa))
  end if
  if (len(argument(5)) > 0) call add_templates(argument(5))
  call check(pleat_plan_predict(model, query, 1_c_size_t, plan))
  call check(pleat_predict(model, query, 1_c_size_t, result))
  call check(pleat_result_array(result(1), "plddt", plddt))
  print "(i0,a,f0.1,a,i0,a)", size(plddt), " residues, mean pLDDT ", sum(plddt) / size(plddt), ", ", &
    pleat_structure_atom_count(pleat_result_structure(result(1))), " atoms"
  if (pleat_result_array(result(1), "positions", positions) == pleat_ok) print "(a,3f9.3)", "first CA", positions(:, 2, 1)
  if (pleat_result_array(result(1), "predicted_aligned_error", errors) == pleat_ok) &
    print "(a,i0,a,i0)", "aligned errors ", size(errors, 1), " x ", size(errors, 2)
  if (len(argument(4)) > 0) call design(pleat_result_structure(result(1)))
  call pleat_result_free(result(1))
  call pleat_query_free(query(1))
  call pleat_msa_free(msa)
  call pleat_model_free(model)
  call pleat_context_free(context)

contains

  subroutine add_templates(folder)
    character(len=*), intent(in) :: folder
    type(pleat_template_info) :: found
    integer(c_size_t) :: i
    call check(pleat_query_add_templates(query(1), folder))
    do i = 1, pleat_query_template_count(query(1))
      found = pleat_query_template_at(query(1), i)
      print "(3a,f0.2,a,f0.2)", "template ", found%name, ": coverage ", found%coverage, ", identity ", found%identity
    end do
  end subroutine

  subroutine design(structure)
    type(c_ptr), intent(in) :: structure
    type(c_ptr) :: designer, target, designed
    call check(pleat_model_open(context, argument(4), designer))
    call check(pleat_target_create(context, "from_fortran", structure, target))
    call check(pleat_target_set_option(target, "omit_AA", "C"))
    call check(pleat_design(designer, target, pleat_design_settings(samples=2, seed=7), designed))
    print "(a)", pleat_result_sample_sequence(designed, 2_c_size_t)
    call pleat_result_free(designed)
    call pleat_target_free(target)
    call pleat_model_free(designer)
  end subroutine

  function argument(number) result(text)
    integer, intent(in) :: number
    character(len=:), allocatable :: text
    integer :: length
    call get_command_argument(number, length=length)
    allocate (character(len=length) :: text)
    call get_command_argument(number, text)
  end function

  subroutine check(status)
    integer(c_int), intent(in) :: status
    if (status == pleat_ok) return
    write (*, "(a)") pleat_context_error(context)
    stop 2
  end subroutine

end program
